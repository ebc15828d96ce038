namespace CxrOnnx.Evaluation.Comparison;

/// <summary>A phrase on an image, grounded by both bundles.</summary>
/// <param name="ImageId">The image.</param>
/// <param name="FirstPhrase">The words the first bundle was asked with.</param>
/// <param name="SecondPhrase">The words the second bundle was asked with.</param>
/// <param name="Correlation">
/// Pearson's correlation of the heatmaps over the pixels that both looked at; null where one of them is the same everywhere.
/// </param>
/// <param name="MaxAbs">Largest difference of a pixel, in [0,1].</param>
/// <param name="BoxIoU">Intersection over union of the largest boxes; 0 where one has none, null where neither has.</param>
/// <param name="First">Scores of the first; null without annotation.</param>
/// <param name="Second">Scores of the second; null without annotation.</param>
public sealed record ComparedPhrase(
    string ImageId,
    string FirstPhrase,
    string SecondPhrase,
    double? Correlation,
    double MaxAbs,
    double? BoxIoU,
    ComparedScores? First,
    ComparedScores? Second
);
