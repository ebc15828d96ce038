namespace CxrOnnx.Core.Metrics;

/// <summary>A mean and the interval in which it lies with a confidence of 95 %.</summary>
/// <param name="Mean">The mean of the sample.</param>
/// <param name="Low">2.5th percentile.</param>
/// <param name="High">97.5th percentile.</param>
public readonly record struct ConfidenceInterval(double Mean, double Low, double High)
{
    /// <summary>Whether two intervals have no point in common: what the paper calls a significant difference.</summary>
    public bool IsApartFrom(ConfidenceInterval other) => Low > other.High || other.Low > High;
}
