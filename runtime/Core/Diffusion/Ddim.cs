namespace CxrOnnx.Core.Diffusion;

/// <summary>Deterministic DDIM sampling (eta 0): noise to image. Immutable and thread-safe.</summary>
/// <remarks>
/// Song et al. 2020, arXiv:2010.02502, Eq. (12). The step below the first time step goes to alpha_bar = 1 ("set alpha to one").
/// </remarks>
public sealed class Ddim
{
    private readonly DiffusionStep[] _steps;

    /// <summary>Prepares the coefficients of every step.</summary>
    /// <param name="schedule">The training schedule.</param>
    /// <param name="timesteps">Steps to visit.</param>
    public Ddim(NoiseSchedule schedule, InferenceTimesteps timesteps)
    {
        Timesteps = timesteps;
        _steps = new DiffusionStep[timesteps.Count];
        for (int k = 0; k < _steps.Length; k++)
        {
            int t = timesteps[k];
            _steps[k] = DiffusionStep.Between(schedule.AlphaBar(t), schedule.AlphaBar(t - timesteps.Stride), schedule.Prediction);
        }
    }

    /// <summary>The steps; sampling visits them from the last to the first.</summary>
    public InferenceTimesteps Timesteps { get; }

    /// <summary>Coefficients of the step at index k (of the ascending order): from t_k to t_k - stride.</summary>
    public DiffusionStep this[int index] => _steps[index];

    /// <summary>One step from t_k down to t_k - stride.</summary>
    /// <param name="index">k, in ascending order.</param>
    /// <param name="sample">Sample at t_k, any shape.</param>
    /// <param name="output">The model's output there, same length.</param>
    /// <param name="next">Result, same length; may be one of the inputs.</param>
    public void Step(int index, ReadOnlySpan<float> sample, ReadOnlySpan<float> output, Span<float> next) =>
        _steps[index].Next(sample, output, next);
}
