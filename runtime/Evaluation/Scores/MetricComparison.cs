using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Scores;

/// <summary>How far two averages of one metric differ.</summary>
/// <param name="Difference">First minus second; cases are resampled as pairs, which is sharper than comparing two intervals.</param>
/// <param name="IntervalsApart">Whether the two averages' own 95 % intervals do not overlap: the paper's "significant".</param>
/// <param name="Ratio">First over second; null unless both are positive.</param>
public sealed record MetricComparison(ConfidenceInterval Difference, bool IntervalsApart, double? Ratio)
{
    /// <summary>
    /// The ratio over the cases that both answered, which is <see cref="Ratio"/> where both answered all, with its interval; cases are
    /// resampled as pairs. Null where there is no ratio, or a resampled denominator is not above 0.
    /// </summary>
    public ConfidenceInterval? RatioInterval { get; init; }

    /// <summary>Whether the interval of the paired difference excludes zero.</summary>
    public bool ExcludesZero => Difference.Low > 0 || Difference.High < 0;
}
