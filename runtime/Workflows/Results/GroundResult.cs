using System.Text.Json.Serialization;
using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Workflows.Results;

/// <summary>
/// What a grounding found and everything needed to compute it again: the <c>result.json</c> of <c>cxr ground</c> and the answer of the
/// service. JSON names are snake case.
/// </summary>
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

    /// <summary>SHA-256 over the image's trajectory; null where there was nothing to ground, as for a normal report.</summary>
    public required string? TrajectorySha256 { get; init; }

    /// <summary>U-Net evaluations.</summary>
    public required EvaluationsResult Evaluations { get; init; }

    /// <summary>Where the time went, in seconds.</summary>
    public required TimingsResult Seconds { get; init; }

    /// <summary>What the numbers can be traced back to; null in results of versions that did not write it.</summary>
    public ProofResult? Proof { get; init; }

    /// <summary>What was read out of the report, where one was given; null otherwise.</summary>
    public ReportResult? Report { get; init; }

    /// <summary>
    /// How the files of the heatmaps are stored; null where there are none, from the service, and in results of versions that did not write
    /// it, which were <c>image</c> and <c>float32</c>.
    /// </summary>
    public HeatmapStorage? HeatmapFiles { get; init; }

    /// <summary>
    /// Every file that was written, this document included, relative to its folder; null from the service and in results of versions that
    /// did not write it.
    /// </summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>One entry per phrase, in the order in which they were given.</summary>
    public required IReadOnlyList<PhraseResult> Phrases { get; init; }
}

/// <summary>What a result can be traced back to, beside the trajectory's hash.</summary>
/// <param name="BundleSha256">SHA-256 of <c>bundle.json</c>, which holds the checksum of every other file of the bundle.</param>
/// <param name="ParityReportSha256">
/// SHA-256 of the report of the golden cases that this very model reproduced on this machine and provider before it answered (the service
/// serves it); null where none was made, as in <c>cxr ground</c>.
/// </param>
public sealed record ProofResult(string BundleSha256, string? ParityReportSha256);

/// <summary>The radiograph and how its file was read.</summary>
/// <param name="File">Path, relative to the folder of the result; null from the service, which keeps no file names.</param>
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
    string? File,
    string Sha256,
    int Width,
    int Height,
    string Format,
    int Bits,
    string Samples,
    string Orientation,
    DicomResult? Dicom,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>
    /// [x, y, width, height] in pixels of the square that the model saw; null in results of versions that did not write it.
    /// </summary>
    public IReadOnlyList<double>? FieldOfView { get; init; }

    /// <summary>The frame or page that was read, from 1; null where the file has one.</summary>
    public int? Frame { get; init; }
}

/// <summary>The branches of the DICOM pipeline.</summary>
/// <param name="TransferSyntax">Transfer syntax.</param>
/// <param name="DecompressedBy">Program that decompressed it, or null.</param>
/// <param name="Modality">Modality branch.</param>
/// <param name="Voi">VOI branch.</param>
/// <param name="Inverted">Whether MONOCHROME1 was inverted.</param>
public sealed record DicomResult(string TransferSyntax, string? DecompressedBy, string Modality, string Voi, bool Inverted)
{
    /// <summary>Millimetres between rows and between columns at the detector (Imager Pixel Spacing); null where unknown.</summary>
    public IReadOnlyList<double>? ImagerPixelSpacing { get; init; }

    /// <summary>Millimetres between rows and between columns in the patient (Pixel Spacing); null where unknown.</summary>
    public IReadOnlyList<double>? PixelSpacing { get; init; }

    /// <summary>
    /// Which spacing <see cref="PhraseResult.BoxesMm"/> was computed with: <c>pixel_spacing</c>, <c>imager_pixel_spacing</c>; null where
    /// both are unknown.
    /// </summary>
    public string? SizesBy { get; init; }

    /// <summary>
    /// Where these millimetres are: <c>patient</c> (calibrated), <c>detector</c>, where everything is larger than in the patient by an
    /// unknown magnification (a pixel spacing equal to the imager's is one at the detector, PS3.3 10.7), or <c>unspecified</c>: the file
    /// has a pixel spacing alone, and does not say which of the two it is. Null likewise.
    /// </summary>
    public string? SizesAt { get; init; }

    /// <summary>Width of the stored picture, before it was turned upright; null in results of versions that did not write it.</summary>
    public int? StoredWidth { get; init; }

    /// <summary>Height of the stored picture; null likewise.</summary>
    public int? StoredHeight { get; init; }

    /// <summary>Study Instance UID; null unless it was asked for.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>Series Instance UID; null unless it was asked for.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>SOP Instance UID; null unless it was asked for.</summary>
    public string? SopInstanceUid { get; init; }
}

/// <summary>The model.</summary>
/// <param name="Path">Path, relative to the folder of the result; null from the service.</param>
/// <param name="Id">Id: changes with any file of the bundle.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Precision">Precision of its graphs.</param>
public sealed record BundleResult(string? Path, string Id, string Model, string Precision)
{
    /// <summary>
    /// Whether the bundle can tell which phrases an image supports, and was asked to; null in results of versions that did not write it.
    /// </summary>
    public bool? Calibrated { get; init; }
}

/// <summary>What it ran on.</summary>
/// <param name="Requested">What was asked for.</param>
/// <param name="Used">What was used.</param>
/// <param name="Reason">Why.</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime.</param>
public sealed record ProviderResult(string Requested, string Used, string Reason, string OnnxRuntime)
{
    /// <summary>
    /// How the numbers were computed: <c>fp32</c>, <c>tf32</c> or <c>fp16</c>; null in results of versions that did not write it (fp32).
    /// </summary>
    public string? Math { get; init; }

    /// <summary>Why preset and precision are these: asked for, or what the bundle's certificate says; null likewise.</summary>
    public string? Choice { get; init; }

    /// <summary>
    /// Whether the numbers do not depend on what else was computed at the same time; null in results of versions that did not write it.
    /// </summary>
    public bool? Deterministic { get; init; }

    /// <summary>Threads of an operator where <see cref="Deterministic"/>, which belong to the promise; null otherwise.</summary>
    public int? Threads { get; init; }
}

/// <summary>U-Net evaluations.</summary>
/// <param name="Trajectory">Whole U-Net, for the image.</param>
/// <param name="Attention">Truncated U-Net, for all phrases.</param>
public sealed record EvaluationsResult(long Trajectory, long Attention)
{
    /// <summary>Whole U-Net on noised images, for confidence and evidence of all phrases.</summary>
    public long Support { get; init; }
}

/// <summary>Where the time went, in seconds.</summary>
/// <param name="Load">Opening the bundle, creating the sessions, reading the image (the service: reading the image).</param>
/// <param name="EncodeImage">Preprocessing and VAE encoder.</param>
/// <param name="Inversion">The trajectory.</param>
/// <param name="Phrases">Text encoder, attention and confidence of all phrases.</param>
public sealed record TimingsResult(double Load, double EncodeImage, double Inversion, double Phrases)
{
    /// <summary>Waiting for a worker of the service; 0 elsewhere.</summary>
    public double Queue { get; init; }
}

/// <summary>Where one phrase lies.</summary>
public sealed record PhraseResult
{
    /// <summary>As it was given.</summary>
    public required string Phrase { get; init; }

    /// <summary>
    /// What was grounded for it: the text that map, box and confidence speak of, which is the standard prompt where the phrase was written
    /// freely. Null where nothing was grounded (<see cref="Denied"/>), and in results of versions that did not write it, which grounded the
    /// phrase as it stands.
    /// </summary>
    public string? Grounded { get; init; }

    /// <summary>What of <see cref="Grounded"/> the model read: without words that a closed vocabulary does not know.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// What is known of whether the image supports it, in the words that tables, pictures and the page show:
    /// <c>supported, 0.97</c>, <c>confidence unknown: name a place</c>, <c>denied by the phrase</c>. Null in results of versions that did
    /// not write it.
    /// </summary>
    public string? Verdict { get; init; }

    /// <summary>What the phrase itself names and says is not there: never grounded. Null where it says so of nothing.</summary>
    public IReadOnlyList<DeniedResult>? Denies { get; init; }

    /// <summary>Whether the phrase reads like a sentence of a report, so that it could be given as one; null otherwise.</summary>
    public bool? ReadsAsReport { get; init; }

    /// <summary>The standard prompt it says, if it does.</summary>
    public required string? StandardPrompt { get; init; }

    /// <summary>Its pathology, where it is a standard prompt.</summary>
    public required string? Pathology { get; init; }

    /// <summary>Its locations, where it is a standard prompt.</summary>
    public required IReadOnlyList<string> Locations { get; init; }

    /// <summary>Whether every mention in the report is hedged; null where the phrase did not come from a report.</summary>
    public bool? Uncertain { get; init; }

    /// <summary>The sentences of the report it was read from; null where it did not come from a report.</summary>
    public string? Sentence { get; init; }

    /// <summary>
    /// True where the phrase itself says that all it names is not there (<see cref="Denies"/>): then there is no map and no box. False for
    /// a finding of a report (<see cref="ReportResult.Denied"/> lists what the report denies); null for other phrases.
    /// </summary>
    public bool? Denied { get; init; }

    /// <summary>Its sub-tokens.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>
    /// [x, y, width, height] of each region in pixels, largest first, without specks; none where <see cref="Region"/> is <c>no_region</c>.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<double>> Boxes { get; init; }

    /// <summary>
    /// The same boxes in the stored picture of a DICOM file, before it was turned upright: the grid of every other program. Null for other
    /// formats, and in results of versions that did not write it.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>>? StoredBoxes { get; init; }

    /// <summary>
    /// [width, height] of each box of <see cref="Boxes"/> in millimetres, by <see cref="DicomResult.SizesBy"/> and where
    /// <see cref="DicomResult.SizesAt"/> says; null where the spacing is unknown, and likewise.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>>? BoxesMm { get; init; }

    /// <summary>The highest point, or null.</summary>
    public required PeakResult? Peak { get; init; }

    /// <summary>
    /// How unevenly the phrase's attention lies, 1 = the same everywhere; orders the phrases of <c>--all</c>. No probability of a finding.
    /// </summary>
    public double? Focus { get; init; }

    /// <summary>
    /// The heatmap: the path of an .npy file relative to the folder of the result (float32 [height, width], NaN where the model did not
    /// look, unless <see cref="GroundResult.HeatmapFiles"/> says otherwise), or from the service a
    /// <c>data:image/png;base64,</c> URI (16-bit gray and alpha, transparent where the model did not look), or
    /// null where none was asked for.
    /// </summary>
    public required string? Heatmap { get; init; }

    /// <summary>The picture: a path relative to the folder of the result, or from the service a PNG as data URI, or null.</summary>
    public required string? Overlay { get; init; }

    /// <summary>One heatmap per sub-token, where they were asked for.</summary>
    public required IReadOnlyList<TokenResult> TokenHeatmaps { get; init; }

    /// <summary>What the image says of the phrase, before any map is scaled; absent where the preset makes no evidence maps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EvidenceResult? Evidence { get; init; }

    /// <summary>
    /// Probability, 0 to 1, that the image supports the phrase, for even odds; null where the bundle is not calibrated or none was asked
    /// for (<see cref="BundleResult.Calibrated"/>), for phrases that name no known pathology and location, on images unlike those of the
    /// calibration (see <see cref="Warnings"/>), and in results of versions that did not compute it.
    /// </summary>
    public double? Confidence { get; init; }

    /// <summary>
    /// What the confidence says of the region; null where there is none. With <c>no_region</c> there are no boxes; the heatmap is given all
    /// the same.
    /// </summary>
    public RegionSupport? Region { get; init; }

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
/// <param name="Heatmap">As <see cref="PhraseResult.Heatmap"/>.</param>
public sealed record TokenResult(string Token, int Position, string? Heatmap)
{
    /// <summary>The sub-token as a reader writes it; null in results of versions that did not write it.</summary>
    public string? Label { get; init; }
}
