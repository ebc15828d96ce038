using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Core.Diffusion;

/// <summary>
/// The noise schedule a model was trained with: beta_t, and alpha_bar_t = prod_{s&lt;=t} (1 - beta_s), the <c>alphas_cumprod</c> of MONAI
/// and diffusers. All in double precision. Immutable and thread-safe.
/// </summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, section 2; their bar alpha_t is <see cref="AlphasCumprod"/>.</remarks>
public sealed class NoiseSchedule
{
    private readonly double[] _betas;
    private readonly double[] _alphasCumprod;

    /// <summary>Computes the schedule.</summary>
    /// <exception cref="ConfigurationException">
    /// The schedule or the prediction type is unknown, the betas do not lie in (0, 1), or there are no time steps.
    /// </exception>
    public NoiseSchedule(SchedulerConfiguration configuration)
    {
        List<string> problems = [];
        if (configuration.NumTrainTimesteps < 1)
        {
            problems.Add($"num_train_timesteps {configuration.NumTrainTimesteps}: must be at least 1");
        }

        foreach ((string key, double beta) in new[] { ("beta_start", configuration.BetaStart), ("beta_end", configuration.BetaEnd) })
        {
            if (beta is not (> 0 and < 1))
            {
                problems.Add(FormattableString.Invariant($"{key} {beta}: must lie between 0 and 1"));
            }
        }

        if (configuration.Schedule is not ("scaled_linear_beta" or "linear_beta"))
        {
            problems.Add($"schedule '{configuration.Schedule}': known are scaled_linear_beta and linear_beta");
        }

        Prediction = configuration.PredictionType switch
        {
            "v_prediction" => PredictionType.Velocity,
            "epsilon" => PredictionType.Epsilon,
            _ => AddProblem(problems, $"prediction_type '{configuration.PredictionType}': known are v_prediction and epsilon"),
        };
        if (problems.Count > 0)
        {
            throw new ConfigurationException("scheduler", problems);
        }

        int count = configuration.NumTrainTimesteps;
        bool scaled = configuration.Schedule == "scaled_linear_beta";
        double first = scaled ? Math.Sqrt(configuration.BetaStart) : configuration.BetaStart;
        double last = scaled ? Math.Sqrt(configuration.BetaEnd) : configuration.BetaEnd;
        _betas = new double[count];
        _alphasCumprod = new double[count];
        double product = 1;
        for (int t = 0; t < count; t++)
        {
            double value = count == 1 ? first : first + ((last - first) * t / (count - 1));
            _betas[t] = scaled ? value * value : value;
            product *= 1 - _betas[t];
            _alphasCumprod[t] = product;
        }
    }

    /// <summary>What the model predicts.</summary>
    public PredictionType Prediction { get; }

    /// <summary>Number of training time steps (T).</summary>
    public int NumTrainTimesteps => _betas.Length;

    /// <summary>beta_t for t = 0..T-1.</summary>
    public ReadOnlySpan<double> Betas => _betas;

    /// <summary>alpha_bar_t for t = 0..T-1, strictly falling.</summary>
    public ReadOnlySpan<double> AlphasCumprod => _alphasCumprod;

    /// <summary>
    /// alpha_bar at any integer time: 1 before the first step (clean), 0 from step T on (pure noise). The latter is the reference's rule
    /// for the last step of an inversion, whose result then equals the predicted noise.
    /// </summary>
    public double AlphaBar(int timestep) =>
        timestep < 0 ? 1
        : timestep >= _alphasCumprod.Length ? 0
        : _alphasCumprod[timestep];

    /// <summary>x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) noise (Ho et al. 2020, Eq. (4)).</summary>
    /// <param name="clean">x_0, any shape.</param>
    /// <param name="noise">Standard normal noise, same length.</param>
    /// <param name="timestep">t in [0, T).</param>
    /// <param name="destination">x_t, same length; may be one of the inputs.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is outside [0, T).</exception>
    public void AddNoise(ReadOnlySpan<float> clean, ReadOnlySpan<float> noise, int timestep, Span<float> destination)
    {
        double alphaBar = TrainingAlphaBar(timestep);
        LinearCombination.Write(Math.Sqrt(alphaBar), clean, Math.Sqrt(1 - alphaBar), noise, destination);
    }

    /// <summary>
    /// v_t = sqrt(alpha_bar_t) noise - sqrt(1 - alpha_bar_t) x_0, the target of v-prediction (Salimans and Ho 2022, arXiv:2202.00512,
    /// appendix D).
    /// </summary>
    /// <param name="clean">x_0, any shape.</param>
    /// <param name="noise">Standard normal noise, same length.</param>
    /// <param name="timestep">t in [0, T).</param>
    /// <param name="destination">v_t, same length; may be one of the inputs.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is outside [0, T).</exception>
    public void Velocity(ReadOnlySpan<float> clean, ReadOnlySpan<float> noise, int timestep, Span<float> destination)
    {
        double alphaBar = TrainingAlphaBar(timestep);
        LinearCombination.Write(-Math.Sqrt(1 - alphaBar), clean, Math.Sqrt(alphaBar), noise, destination);
    }

    private double TrainingAlphaBar(int timestep) =>
        (uint)timestep < (uint)_alphasCumprod.Length
            ? _alphasCumprod[timestep]
            : throw new ArgumentOutOfRangeException(nameof(timestep), timestep, $"must lie in [0, {_alphasCumprod.Length})");

    private static PredictionType AddProblem(List<string> problems, string problem)
    {
        problems.Add(problem);
        return default;
    }
}
