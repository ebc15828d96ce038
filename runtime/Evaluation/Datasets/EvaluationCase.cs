using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>One phrase on one image, and where annotators saw it.</summary>
public sealed record EvaluationCase
{
    /// <summary>Identifier of the image, without folder and ending.</summary>
    public required string ImageId { get; init; }

    /// <summary>The phrase.</summary>
    public required string LabelText { get; init; }

    /// <summary>The class, as the data set writes it.</summary>
    public required string CategoryName { get; init; }

    /// <summary>Size of the original image.</summary>
    public required ImageSize ImageSize { get; init; }

    /// <summary>The annotated boxes in the order of the file; at least one, but in the generalised task.</summary>
    public required IReadOnlyList<PixelBox> Boxes { get; init; }

    /// <summary>Path of the image as the file gives it, or null.</summary>
    public string? ImagePath { get; init; }

    /// <summary>What identifies a case in other files.</summary>
    public CaseKey Key => new(ImageId, LabelText, CategoryName);
}
