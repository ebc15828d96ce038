using CxrOnnx.Core.Diffusion;

namespace CxrOnnx.Core.Bundles;

/// <summary>The ways to get from an image to the noisy latents whose attention is used, as presets name them.</summary>
public static class BundleTrajectory
{
    /// <summary>DDIM inversion with the empty prompt, one evaluation per inference step.</summary>
    public const string Inversion = "inversion";

    /// <summary>The same ODE by a two-step multistep solver in the noise form; needs <see cref="BundlePreset.Evaluations"/>.</summary>
    public const string DpmSolver = "dpm_solver_2m";

    /// <summary>The same ODE by a two-step multistep solver in the clean form; needs <see cref="BundlePreset.Evaluations"/>.</summary>
    public const string DpmSolverPlusPlus = "dpm_solver_pp_2m";

    /// <summary>Fixed noise added to the clean latents, no evaluation; needs <see cref="BundlePreset.Seed"/>.</summary>
    public const string Noising = "noising";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Inversion, DpmSolver, DpmSolverPlusPlus, Noising];

    /// <summary>The solver's form, or null for a trajectory without a multistep solver.</summary>
    public static DpmSolverMultistepForm? FormOf(string trajectory) =>
        trajectory switch
        {
            DpmSolver => DpmSolverMultistepForm.Noise,
            DpmSolverPlusPlus => DpmSolverMultistepForm.Clean,
            _ => null,
        };
}
