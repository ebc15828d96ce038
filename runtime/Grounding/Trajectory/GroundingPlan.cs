using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Diffusion;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>The inversion steps whose attention a preset uses, and how their latents come about.</summary>
/// <param name="Preset">Name of the preset.</param>
/// <param name="Steps">Inversion steps k, ascending.</param>
public sealed record GroundingPlan(string Preset, IReadOnlyList<int> Steps)
{
    /// <summary>The trajectory, one of <see cref="BundleTrajectory"/>.</summary>
    public string Trajectory { get; init; } = BundleTrajectory.Inversion;

    /// <summary>The multistep solver of a trajectory that has one.</summary>
    public DpmSolverMultistepInversion? Solver { get; init; }

    /// <summary>Seed of the noise of <see cref="BundleTrajectory.Noising"/>.</summary>
    public long Seed { get; init; }

    /// <summary>What makes an evidence map of the attention; null where the heatmap is the attention's.</summary>
    public EvidenceRecipe? Evidence { get; init; }

    /// <summary>Evaluations of the whole U-Net that reach the last of the steps: its state is needed, not the step after it.</summary>
    public int InversionEvaluations =>
        Solver is not null ? Solver.Evaluations
        : Trajectory == BundleTrajectory.Noising ? 0
        : Steps[^1];

    /// <summary>Training time step of the state before evaluation i; after the last evaluation, that of the last state.</summary>
    internal int TimestepOf(int evaluation, InferenceTimesteps timesteps) =>
        Solver is null ? timesteps[evaluation] : Solver.Nodes[evaluation];

    /// <summary>The plan of one of a bundle's presets.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    /// <exception cref="ArtifactException">The preset makes no sense.</exception>
    internal static GroundingPlan Of(BundleManifest manifest, string preset, InferenceTimesteps timesteps, NoiseSchedule schedule)
    {
        if (!manifest.Presets.TryGetValue(preset, out BundlePreset? found))
        {
            throw new InputException(
                $"preset '{preset}': bundle {manifest.Id} has {string.Join(", ", manifest.Presets.Keys.Order(StringComparer.Ordinal))}"
            );
        }

        bool sensible =
            found.StepRange is [int first, int end] && first >= 0 && end > first && end <= timesteps.Count && found.StepStride >= 1;
        if (!sensible)
        {
            throw new ArtifactException(
                $"bundle {manifest.Id}: preset {preset} uses steps [{string.Join(", ", found.StepRange)}) with stride "
                    + $"{found.StepStride} of {timesteps.Count} steps"
            );
        }

        try
        {
            return new GroundingPlan(preset, found.Steps)
            {
                Trajectory = found.Trajectory,
                Solver = found.Solver(schedule, timesteps),
                Seed = found.Seed ?? 0,
                Evidence = found.Evidence,
            };
        }
        catch (InputException error)
        {
            throw new ArtifactException($"bundle {manifest.Id}: preset {preset}: {error.Message}", error);
        }
    }
}
