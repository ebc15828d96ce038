using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Comparison;

/// <summary>A phrase on an image that two bundles are asked.</summary>
/// <param name="ImageId">The image.</param>
/// <param name="Path">Its file.</param>
/// <param name="Phrase">The phrase, as given or annotated.</param>
/// <param name="Annotation">Where annotators saw it; null where nobody said.</param>
public sealed record ComparisonCase(string ImageId, string Path, string Phrase, EvaluationCase? Annotation);
