using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>A box of an annotation file that has passed <see cref="AnnotatedBoxes"/>, with what it belongs to.</summary>
/// <param name="ImageId">The image.</param>
/// <param name="Category">The class, as the data set writes it.</param>
/// <param name="Size">Size of the image.</param>
/// <param name="Box">The box.</param>
internal sealed record AnnotatedBox(string ImageId, string Category, ImageSize Size, PixelBox Box)
{
    /// <summary>The phrase; empty where the data set has none.</summary>
    public string Phrase { get; init; } = "";

    /// <summary>Path of the image as the file gives it, or null.</summary>
    public string? Path { get; init; }

    /// <summary>Who drew the box; empty where the data set does not tell.</summary>
    public string Reader { get; init; } = "";
}
