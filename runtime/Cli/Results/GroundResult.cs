namespace CxrOnnx.Cli.Results;

/// <summary><c>result.json</c>: what <c>cxr ground</c> found and everything needed to compute it again. JSON names are snake case.</summary>
public sealed record GroundResult
{
    /// <summary>Schema of this document.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Schema of this document; a reader refuses versions it does not know.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Tool and version that wrote it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>The radiograph.</summary>
    public required ImageResult Image { get; init; }

    /// <summary>The model.</summary>
    public required BundleResult Bundle { get; init; }

    /// <summary>The bundle's preset.</summary>
    public required string Preset { get; init; }

    /// <summary>What it ran on.</summary>
    public required ProviderResult Provider { get; init; }

    /// <summary>A pixel above this belongs to a region.</summary>
    public required double Threshold { get; init; }

    /// <summary>SHA-256 over the image's trajectory.</summary>
    public required string TrajectorySha256 { get; init; }

    /// <summary>U-Net evaluations.</summary>
    public required EvaluationsResult Evaluations { get; init; }

    /// <summary>Where the time went, in seconds.</summary>
    public required TimingsResult Seconds { get; init; }

    /// <summary>One entry per phrase, in the order in which they were given.</summary>
    public required IReadOnlyList<PhraseResult> Phrases { get; init; }
}

/// <summary>The radiograph and how its file was read.</summary>
/// <param name="File">Path, relative to the folder of the result.</param>
/// <param name="Sha256">SHA-256 of the file.</param>
/// <param name="Width">Width of the upright picture in pixels; boxes and heatmaps are in its grid.</param>
/// <param name="Height">Height of the upright picture in pixels.</param>
/// <param name="Format"><c>png</c>, <c>jpeg</c>, <c>tiff</c> or <c>dicom</c>.</param>
/// <param name="Bits">Bits per sample in use.</param>
/// <param name="Samples">What the samples are.</param>
/// <param name="Orientation">What made it upright.</param>
/// <param name="Dicom">The branches of the DICOM pipeline; null for other formats.</param>
/// <param name="Warnings">Remarks of the reader.</param>
public sealed record ImageResult(
    string File,
    string Sha256,
    int Width,
    int Height,
    string Format,
    int Bits,
    string Samples,
    string Orientation,
    DicomResult? Dicom,
    IReadOnlyList<string> Warnings);

/// <summary>The branches of the DICOM pipeline.</summary>
/// <param name="TransferSyntax">Transfer syntax.</param>
/// <param name="DecompressedBy">Program that decompressed it, or null.</param>
/// <param name="Modality">Modality branch.</param>
/// <param name="Voi">VOI branch.</param>
/// <param name="Inverted">Whether MONOCHROME1 was inverted.</param>
public sealed record DicomResult(string TransferSyntax, string? DecompressedBy, string Modality, string Voi, bool Inverted);

/// <summary>The model.</summary>
/// <param name="Path">Path, relative to the folder of the result.</param>
/// <param name="Id">Id: changes with any file of the bundle.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Precision">Precision of its graphs.</param>
public sealed record BundleResult(string Path, string Id, string Model, string Precision);

/// <summary>What it ran on.</summary>
/// <param name="Requested">What was asked for.</param>
/// <param name="Used">What was used.</param>
/// <param name="Reason">Why.</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime.</param>
public sealed record ProviderResult(string Requested, string Used, string Reason, string OnnxRuntime);

/// <summary>U-Net evaluations.</summary>
/// <param name="Trajectory">Whole U-Net, for the image.</param>
/// <param name="Attention">Truncated U-Net, for all phrases.</param>
public sealed record EvaluationsResult(long Trajectory, long Attention);

/// <summary>Where the time went, in seconds.</summary>
/// <param name="Load">Opening the bundle and creating the sessions.</param>
/// <param name="EncodeImage">Preprocessing and VAE encoder.</param>
/// <param name="Inversion">The trajectory.</param>
/// <param name="Phrases">Text encoder and attention of all phrases.</param>
public sealed record TimingsResult(double Load, double EncodeImage, double Inversion, double Phrases);

/// <summary>Where one phrase lies.</summary>
public sealed record PhraseResult
{
    /// <summary>As it was given.</summary>
    public required string Phrase { get; init; }

    /// <summary>What of it the model read.</summary>
    public required string Text { get; init; }

    /// <summary>The standard prompt it says, if it does.</summary>
    public required string? StandardPrompt { get; init; }

    /// <summary>Its pathology, where it is a standard prompt.</summary>
    public required string? Pathology { get; init; }

    /// <summary>Its locations, where it is a standard prompt.</summary>
    public required IReadOnlyList<string> Locations { get; init; }

    /// <summary>Its sub-tokens.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>[x, y, width, height] of each region in pixels, largest first.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Boxes { get; init; }

    /// <summary>The highest point, or null.</summary>
    public required PeakResult? Peak { get; init; }

    /// <summary>How unevenly the phrase's attention lies, 1 = the same everywhere; orders the phrases of <c>--all</c>. No probability of a finding.</summary>
    public double? Focus { get; init; }

    /// <summary>The heatmap: .npy, float32 [height, width], NaN where the model did not look. Relative to the folder of the result.</summary>
    public required string Heatmap { get; init; }

    /// <summary>The picture. Relative to the folder of the result.</summary>
    public required string Overlay { get; init; }

    /// <summary>One heatmap per sub-token, where they were asked for.</summary>
    public required IReadOnlyList<TokenResult> TokenHeatmaps { get; init; }

    /// <summary>Time for this phrase beyond the trajectory, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Remarks.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>The highest point of a heatmap.</summary>
/// <param name="X">Horizontal position in pixels.</param>
/// <param name="Y">Vertical position in pixels.</param>
/// <param name="Value">Value there.</param>
public sealed record PeakResult(double X, double Y, double Value);

/// <summary>The heatmap of a sub-token.</summary>
/// <param name="Token">The sub-token.</param>
/// <param name="Position">Its position in the 77.</param>
/// <param name="Heatmap">File, relative to the folder of the result.</param>
public sealed record TokenResult(string Token, int Position, string Heatmap);
