using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Report;

/// <summary>A picture for the HTML report: the radiograph with a heatmap over it, and boxes to be drawn on top.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Details">Scores or other words below the caption; may be empty.</param>
/// <param name="Jpeg">A JPEG file of the whole image, at any size.</param>
/// <param name="ImageSize">Size of the original image: the grid of the boxes.</param>
/// <param name="Annotated">The annotators' boxes.</param>
/// <param name="Predicted">A system's boxes; empty for heatmaps.</param>
public sealed record EvaluationPicture(
    string Caption,
    string Details,
    byte[] Jpeg,
    ImageSize ImageSize,
    IReadOnlyList<PixelBox> Annotated,
    IReadOnlyList<PixelBox> Predicted
);
