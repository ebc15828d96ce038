using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Core.Evaluation;

/// <summary>How far two systems' averages differ.</summary>
/// <param name="First">Name of one.</param>
/// <param name="Second">Name of the other.</param>
/// <param name="Cnr">Contrast-to-noise ratio; null where one of them answers with boxes.</param>
/// <param name="MIoU">Mean intersection over union.</param>
/// <param name="Auroc">Area under the ROC curve; null where one of them answers with boxes.</param>
public sealed record SystemComparison(string First, string Second, MetricComparison? Cnr, MetricComparison MIoU, MetricComparison? Auroc);

/// <summary>How far two averages of one metric differ.</summary>
/// <param name="Difference">First minus second; cases are resampled as pairs, which is sharper than comparing two intervals.</param>
/// <param name="IntervalsApart">Whether the two averages' own 95 % intervals do not overlap: the paper's "significant".</param>
/// <param name="Ratio">First over second; null unless both are positive.</param>
public sealed record MetricComparison(ConfidenceInterval Difference, bool IntervalsApart, double? Ratio)
{
    /// <summary>Whether the interval of the paired difference excludes zero.</summary>
    public bool ExcludesZero => Difference.Low > 0 || Difference.High < 0;
}
