using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Evaluation;

/// <summary>A picture for the HTML report: the radiograph with a heatmap over it, and boxes to be drawn on top.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Details">Scores or other words below the caption; may be empty.</param>
/// <param name="Jpeg">A JPEG file of the whole image, at any size.</param>
/// <param name="ImageSize">Size of the original image: the grid of the boxes.</param>
/// <param name="Annotated">The annotators' boxes.</param>
/// <param name="Predicted">A system's boxes; empty for heatmaps.</param>
public sealed record EvaluationPicture(
    string Caption, string Details, byte[] Jpeg, ImageSize ImageSize, IReadOnlyList<PixelBox> Annotated, IReadOnlyList<PixelBox> Predicted);

/// <summary>Pictures that belong side by side.</summary>
/// <param name="Title">What the row shows, such as a phrase.</param>
/// <param name="Remark">Where it comes from and why it is shown.</param>
/// <param name="Pictures">The pictures in order.</param>
public sealed record PictureRow(string Title, string Remark, IReadOnlyList<EvaluationPicture> Pictures);

/// <summary>Rows of pictures under one heading.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Explanation">A sentence or two.</param>
/// <param name="Rows">The rows.</param>
public sealed record PictureSection(string Heading, string Explanation, IReadOnlyList<PictureRow> Rows);
