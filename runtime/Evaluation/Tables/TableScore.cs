using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Tables;

/// <summary>A system's scores of a class, or their average.</summary>
/// <param name="Count">Phrases that it answered.</param>
/// <param name="Cnr">Contrast-to-noise ratio; null for a system that answers with boxes.</param>
/// <param name="MIoU">Mean intersection over union, a fraction.</param>
public sealed record TableScore(int Count, ConfidenceInterval? Cnr, ConfidenceInterval? MIoU);
