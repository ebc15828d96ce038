namespace CxrOnnx.Core.Configuration;

/// <summary>The training noise schedule.</summary>
public sealed record SchedulerConfiguration
{
    /// <summary>Training time steps.</summary>
    public required int NumTrainTimesteps { get; init; }

    /// <summary><c>scaled_linear_beta</c> or <c>linear_beta</c>.</summary>
    public required string Schedule { get; init; }

    /// <summary>First beta.</summary>
    public required double BetaStart { get; init; }

    /// <summary>Last beta.</summary>
    public required double BetaEnd { get; init; }

    /// <summary><c>v_prediction</c> or <c>epsilon</c>.</summary>
    public required string PredictionType { get; init; }
}
