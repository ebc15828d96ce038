namespace CxrOnnx.Evaluation.Scores;

/// <summary>How far two systems' averages differ.</summary>
/// <param name="First">Name of one.</param>
/// <param name="Second">Name of the other.</param>
/// <param name="Cnr">Contrast-to-noise ratio; null where one of them answers with boxes.</param>
/// <param name="MIoU">Mean intersection over union.</param>
/// <param name="Auroc">Area under the ROC curve; null where one of them answers with boxes.</param>
public sealed record SystemComparison(string First, string Second, MetricComparison? Cnr, MetricComparison MIoU, MetricComparison? Auroc);
