namespace CxrOnnx.Core.Diffusion;

/// <summary>
/// DDIM inversion: image to noise, the same equation as <see cref="Ddim"/> with the noise level rising. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// As the reference carries it out: the model is evaluated at t_k on z_k, and the result is taken for t_k + stride; the clean latent is
/// used as if it were already at the first t. From the last training step on alpha_bar is 0, so the last state equals the predicted noise.
/// </remarks>
public sealed class DdimInversion
{
    private readonly DiffusionStep[] _steps;

    /// <summary>Prepares the coefficients of every step.</summary>
    /// <param name="schedule">The training schedule.</param>
    /// <param name="timesteps">Steps to visit.</param>
    public DdimInversion(NoiseSchedule schedule, InferenceTimesteps timesteps)
    {
        Timesteps = timesteps;
        _steps = new DiffusionStep[timesteps.Count];
        for (int k = 0; k < _steps.Length; k++)
        {
            int t = timesteps[k];
            _steps[k] = DiffusionStep.Between(schedule.AlphaBar(t), schedule.AlphaBar(t + timesteps.Stride), schedule.Prediction);
        }
    }

    /// <summary>The steps, visited in ascending order.</summary>
    public InferenceTimesteps Timesteps { get; }

    /// <summary>Coefficients of step k: from t_k to t_k + stride.</summary>
    public DiffusionStep this[int index] => _steps[index];

    /// <summary>One step: z_k -> z_(k+1).</summary>
    /// <param name="index">k.</param>
    /// <param name="sample">z_k, any shape.</param>
    /// <param name="output">The model's output at (z_k, t_k), same length.</param>
    /// <param name="next">z_(k+1), same length; may be one of the inputs.</param>
    public void Step(int index, ReadOnlySpan<float> sample, ReadOnlySpan<float> output, Span<float> next) =>
        _steps[index].Next(sample, output, next);
}
