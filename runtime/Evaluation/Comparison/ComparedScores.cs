namespace CxrOnnx.Evaluation.Comparison;

/// <summary>How well a bundle found an annotated phrase.</summary>
/// <param name="Cnr">Signed contrast-to-noise ratio.</param>
/// <param name="MIoU">Mean intersection over union, thresholds 0.1 to 0.5.</param>
/// <param name="Auroc">Area under the ROC curve.</param>
public sealed record ComparedScores(double Cnr, double MIoU, double Auroc);
