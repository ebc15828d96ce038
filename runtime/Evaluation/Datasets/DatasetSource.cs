using CxrOnnx.Core.Artifacts;

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

    /// <summary>What tells these cases from others, for work that goes on after a stop: checksums of the files, and the parts.</summary>
    /// <exception cref="ArtifactException">A file cannot be read.</exception>
    public string Fingerprint() =>
        string.Join(
            ' ',
            [
                Sha256.OfFile(Annotations)[..16],
                .. Splits.Select(split => $"split {split}"),
                .. ImageLabels is null ? Array.Empty<string>() : [$"labels {Sha256.OfFile(ImageLabels)[..16]}"],
            ]
        );
}
