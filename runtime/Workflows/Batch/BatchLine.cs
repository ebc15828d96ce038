using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// A line of the results of <c>cxr batch</c>: what became of one phrase on one image. JSON names are snake case; what does not apply is
/// left out.
/// </summary>
public sealed record BatchLine
{
    private static readonly BatchLineContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>The image as the manifest names it.</summary>
    public required string Image { get; init; }

    /// <summary>The frame or page of the file, where the manifest gives one.</summary>
    public int? Frame { get; init; }

    /// <summary>The phrase; empty where the line is of a report as a whole: one without findings, or one that was refused.</summary>
    public required string Phrase { get; init; }

    /// <summary>Its class in an annotated data set; left out in a batch of a manifest.</summary>
    public string? Category { get; init; }

    /// <summary>The report it comes from, as the manifest names it.</summary>
    public string? Report { get; init; }

    /// <summary>0 where the report was read and has no finding, so that there was nothing to ground.</summary>
    public int? Findings { get; init; }

    /// <summary>Why there is no answer; then nothing of what follows is there but bundle, preset and threshold.</summary>
    public string? Error { get; init; }

    /// <summary>What was grounded for the phrase: its standard prompt where it was written freely; nothing where it is denied.</summary>
    public string? Grounded { get; init; }

    /// <summary>What of <see cref="Grounded"/> the model read.</summary>
    public string? Text { get; init; }

    /// <summary>What is known of whether the image supports it, in words.</summary>
    public string? Verdict { get; init; }

    /// <summary>What the phrase itself names and says is not there.</summary>
    public IReadOnlyList<DeniedResult>? Denies { get; init; }

    /// <summary>The standard prompt it says, if it does.</summary>
    public string? StandardPrompt { get; init; }

    /// <summary>Whether every mention in the report is hedged; only for a finding of a report.</summary>
    public bool? Uncertain { get; init; }

    /// <summary>The sentences of the report it was read from.</summary>
    public string? Sentence { get; init; }

    /// <summary>
    /// True where the phrase itself says that all it names is not there: then there is no map and no box. False for a finding of a report.
    /// </summary>
    public bool? Denied { get; init; }

    /// <summary>Width of the image in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Height of the image in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>[x, y, width, height] of each region in pixels, largest first.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? Boxes { get; init; }

    /// <summary>The highest point.</summary>
    public PeakResult? Peak { get; init; }

    /// <summary>Probability that the image supports the phrase; left out where the bundle cannot tell.</summary>
    public double? Confidence { get; init; }

    /// <summary>
    /// What the confidence says of the region: <c>supported</c>, <c>low_confidence</c> or <c>no_region</c>, which has no boxes.
    /// </summary>
    public RegionSupport? Region { get; init; }

    /// <summary>What the image says of the phrase, as in the result document; only with a preset of evidence maps.</summary>
    public EvidenceResult? Evidence { get; init; }

    /// <summary>The heatmap's file, relative to the results; only where heatmaps were asked for.</summary>
    public string? Heatmap { get; init; }

    /// <summary>
    /// [x, y, width, height] in pixels of the square that the model saw; only where the heatmap is stored on the model's grid, which lies
    /// there.
    /// </summary>
    public IReadOnlyList<double>? FieldOfView { get; init; }

    /// <summary>The picture's file, relative to the results; only where pictures were asked for.</summary>
    public string? Overlay { get; init; }

    /// <summary>Remarks.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Id of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>The preset.</summary>
    public required string Preset { get; init; }

    /// <summary>How the numbers were computed; left out where it is <c>fp32</c>.</summary>
    public string? Math { get; init; }

    /// <summary>A pixel above this belongs to a region.</summary>
    public required double Threshold { get; init; }

    /// <summary>True where it was made with <c>--deterministic</c>; left out otherwise.</summary>
    public bool? Deterministic { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Context.BatchLine);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static BatchLine Parse(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize(line, Context.BatchLine) ?? throw new JsonException("null");
}

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(BatchLine))]
internal sealed partial class BatchLineContext : JsonSerializerContext;
