using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Grounding;

/// <summary>The inversion steps whose attention a preset uses.</summary>
/// <param name="Preset">Name of the preset.</param>
/// <param name="Steps">Inversion steps k, ascending.</param>
public sealed record GroundingPlan(string Preset, IReadOnlyList<int> Steps)
{
    /// <summary>Evaluations of the whole U-Net that reach the last of the steps: its state is needed, not the step after it.</summary>
    public int InversionEvaluations => Steps[^1];

    /// <summary>The plan of one of a bundle's presets.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    /// <exception cref="ArtifactException">The preset makes no sense.</exception>
    internal static GroundingPlan Of(BundleManifest manifest, string preset, int stepCount)
    {
        if (!manifest.Presets.TryGetValue(preset, out BundlePreset? found))
        {
            throw new InputException(
                $"preset '{preset}': bundle {manifest.Id} has {string.Join(", ", manifest.Presets.Keys.Order(StringComparer.Ordinal))}");
        }

        bool sensible = found.StepRange is [int first, int end] && first >= 0 && end > first && end <= stepCount && found.StepStride >= 1;
        if (!sensible)
        {
            throw new ArtifactException(
                $"bundle {manifest.Id}: preset {preset} uses steps [{string.Join(", ", found.StepRange)}) with stride {found.StepStride} of {stepCount} steps");
        }

        if (found.Trajectory != "inversion")
        {
            throw new ArtifactException($"bundle {manifest.Id}: preset {preset} has trajectory '{found.Trajectory}'; this version knows inversion");
        }

        List<int> steps = [];
        for (int k = found.StepRange[0]; k < found.StepRange[1]; k += found.StepStride) steps.Add(k);
        return new GroundingPlan(preset, steps);
    }
}
