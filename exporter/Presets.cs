using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Exporter;

/// <summary>The named ways to ground that every bundle gets. They are data: a runtime reads the numbers from the manifest.</summary>
internal static class Presets
{
    private const int FastEvaluations = 8;
    private const int SparseStride = 5;
    private const long TurboSeed = 1;

    /// <summary>The presets of a model.</summary>
    public static IReadOnlyDictionary<string, BundlePreset> Of(GroundingConfiguration grounding)
    {
        Dictionary<string, BundlePreset> presets = new()
        {
            ["exact"] = new(
                "The reference's own evaluations: DDIM inversion with the empty prompt, attention at every step of the range.",
                grounding.StepRange,
                StepStride: 1,
                BundleTrajectory.Inversion
            ),
        };

        // Every fifth step, the middle one of five, so that the steps looked at lie around the same time as all of them.
        (int first, int end) = (grounding.StepRange[0], grounding.StepRange[1]);
        int[] sparse = [first + Math.Min(SparseStride / 2, (end - first - 1) / 2), end];
        BundlePreset fast = new(
            "Approximate: the same ODE in few steps of a second-order multistep solver, attention at every fifth step.",
            sparse,
            SparseStride,
            BundleTrajectory.DpmSolverPlusPlus
        );

        // Each wanted step after the first takes one evaluation, and reaching the first at least one and no more than exact spends on it.
        int between = fast.Steps.Count - 1;
        int least = between + (fast.Steps[0] > 0 ? 1 : 0);
        if (least > 0)
        {
            presets.Add("fast", fast with { Evaluations = Math.Max(least, Math.Min(FastEvaluations, fast.Steps[0] + between)) });
        }

        presets.Add(
            "turbo",
            new(
                "Rough: no inversion, fixed noise added to the clean latents, attention at every fifth step.",
                sparse,
                SparseStride,
                BundleTrajectory.Noising,
                Seed: TurboSeed
            )
        );
        return presets;
    }
}
