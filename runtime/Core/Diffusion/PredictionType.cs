namespace CxrOnnx.Core.Diffusion;

/// <summary>What a diffusion model's output stands for.</summary>
public enum PredictionType
{
    /// <summary>v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0 (<c>v_prediction</c>).</summary>
    Velocity,

    /// <summary>The noise itself (<c>epsilon</c>).</summary>
    Epsilon,
}
