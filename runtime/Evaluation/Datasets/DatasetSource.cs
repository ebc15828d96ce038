namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The files of an annotated data set, and which part of it is wanted.</summary>
/// <param name="Name">Its format; one of <see cref="EvaluationDataset.KnownNames"/>.</param>
/// <param name="Annotations">The annotation file, plain or packed as gzip.</param>
public sealed record DatasetSource(string Name, string Annotations)
{
    /// <summary>The name in <see cref="Splits"/> of the phrases that name a place: the paper's MS-CXR-loc.</summary>
    public const string WithLocation = "loc";

    /// <summary>
    /// The parts that are wanted, by the value of the file's column <c>split</c>, and <see cref="WithLocation"/> for phrases that name a
    /// place; empty for all.
    /// </summary>
    public IReadOnlyList<string> Splits { get; init; } = [];

    /// <summary>VinDr-CXR's labels of whole images, which give the class pneumonia; or null.</summary>
    public string? ImageLabels { get; init; }

    /// <summary>CSV file with sizes of images (<c>image_id,width,height</c>), or null.</summary>
    public string? Sizes { get; init; }
}
