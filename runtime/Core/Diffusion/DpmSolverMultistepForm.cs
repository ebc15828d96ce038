namespace CxrOnnx.Core.Diffusion;

/// <summary>What a multistep solver takes as slowly varying between two noise levels.</summary>
public enum DpmSolverMultistepForm
{
    /// <summary>The predicted noise (DPM-Solver, Lu et al. 2022, arXiv:2206.00927).</summary>
    Noise,

    /// <summary>The predicted clean latent (DPM-Solver++, Lu et al. 2022, arXiv:2211.01095).</summary>
    Clean,
}
