using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Scores;

/// <summary>What a system scored on one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Cnr">Signed contrast-to-noise ratio, boxes in the order of the file; null for answers that are boxes.</param>
/// <param name="CnrOrderFree">The same against what lies outside all boxes; null for answers that are boxes.</param>
/// <param name="MIoU">Mean intersection over union, or that of the boxes.</param>
/// <param name="Auroc">Area under the ROC curve; null for answers that are boxes.</param>
public sealed record CaseScore(EvaluationCase Case, double? Cnr, double? CnrOrderFree, double MIoU, double? Auroc);
