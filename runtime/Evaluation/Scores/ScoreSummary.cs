using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Scores;

/// <summary>Scores of a class, or the average over classes.</summary>
/// <param name="Count">Number of cases.</param>
/// <param name="Cnr">Contrast-to-noise ratio; null for a system that answers with boxes.</param>
/// <param name="CnrOrderFree">Mean of the order-free ratio; null for a system that answers with boxes.</param>
/// <param name="MIoU">Mean intersection over union.</param>
/// <param name="Auroc">Area under the ROC curve; null for a system that answers with boxes.</param>
public sealed record ScoreSummary(
    int Count,
    ConfidenceInterval? Cnr,
    double? CnrOrderFree,
    ConfidenceInterval MIoU,
    ConfidenceInterval? Auroc
);
