using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>A phrase and one of its boxes, as an annotation file gives them.</summary>
/// <param name="ImageId">The image.</param>
/// <param name="Phrase">The phrase.</param>
/// <param name="Category">The class.</param>
/// <param name="Box">The box, in pixels.</param>
internal sealed record PhraseRow(string ImageId, string Phrase, string Category, WrittenBox Box)
{
    /// <summary>Size of the image, where the file gives it.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Path of the image, where the file gives it.</summary>
    public string? Path { get; init; }

    /// <summary>The part of the data set; null where the file names none.</summary>
    public string? Split { get; init; }
}
