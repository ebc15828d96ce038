using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>What <c>cxr bench</c> measured; the document of <c>--json</c>.</summary>
public sealed record BenchResult
{
    private static readonly BenchResultContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>Version of this document's form.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Tool and version.</summary>
    public required string CreatedBy { get; init; }

    /// <summary><c>wall</c>, or <c>processor</c> for processor time; cold starts are always wall time.</summary>
    public required string Clock { get; init; }

    /// <summary>Whether the model was loaded as deterministic.</summary>
    public bool Deterministic { get; init; }

    /// <summary>The machine.</summary>
    public required BenchMachine Machine { get; init; }

    /// <summary>The bundle.</summary>
    public required BenchBundle Bundle { get; init; }

    /// <summary>Best rate of each probe, in GFLOP/s, measured between the runs.</summary>
    public required IReadOnlyDictionary<string, double> PeakGflops { get; init; }

    /// <summary>The GPU; null where the graphs ran on the CPU.</summary>
    public BenchDevice? Device { get; init; }

    /// <summary>Opening the bundle and building all sessions, in seconds.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>One entry per preset and number of phrases.</summary>
    public required IReadOnlyList<BenchRow> Rows { get; init; }

    /// <summary>Memory of the process.</summary>
    public required BenchMemory Memory { get; init; }

    /// <summary>Starts of <c>cxr ground</c> as a process of its own; empty where none were asked for.</summary>
    public required IReadOnlyList<ColdStart> ColdStarts { get; init; }

    /// <summary>Where the time of one run goes, longest first; null where that was not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<OperatorTime>? Operators { get; init; }

    /// <summary>The document as text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Context.BenchResult);
}

/// <summary>The bundle that was measured.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Model">Name of its model.</param>
/// <param name="Precision">Precision of its graphs.</param>
/// <param name="WeightBytes">Size of its weight file.</param>
/// <param name="DenoiserGflop">Operations of one U-Net evaluation, in 10^9.</param>
/// <param name="AttentionGflop">Operations of one truncated evaluation, in 10^9.</param>
/// <param name="BeforePromptGflop">
/// The part of both that comes before the prompt; several prompts may share it in the truncated one.
/// </param>
public sealed record BenchBundle(
    string Id,
    string Model,
    string Precision,
    long WeightBytes,
    double DenoiserGflop,
    double AttentionGflop,
    double BeforePromptGflop
)
{
    /// <summary>Describes a bundle.</summary>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="weights">Bytes of its weight file.</param>
    internal static BenchBundle Of(BundleManifest manifest, long weights)
    {
        ModelConfiguration model = manifest.Model;
        GridSize latents = GridSize.Square(model.LatentSide);
        int context = model.TextEncoder.MaxPositionEmbeddings;
        return new BenchBundle(
            manifest.Id,
            model.Name,
            manifest.Precision,
            weights,
            ModelOperations.UNet(model.UNet, latents, context) / 1e9,
            ModelOperations.UNetThrough(model.UNet, latents, context, model.Grounding.Layers.Max()) / 1e9,
            ModelOperations.UNetBeforePrompt(model.UNet, latents, context) / 1e9
        );
    }
}

/// <summary>One preset with one number of phrases.</summary>
public sealed record BenchRow
{
    /// <summary>Name of the preset.</summary>
    public required string Preset { get; init; }

    /// <summary>Phrases per image.</summary>
    public required int Phrases { get; init; }

    /// <summary>Evaluations of the whole U-Net per image.</summary>
    public required int TrajectoryEvaluations { get; init; }

    /// <summary>Evaluations of the truncated U-Net per image, all phrases.</summary>
    public required int AttentionEvaluations { get; init; }

    /// <summary>Samples of those evaluations: how often their part before the prompt was computed.</summary>
    public required int AttentionSamples { get; init; }

    /// <summary>
    /// Evaluations of the whole U-Net per image on noised images, for evidence maps and confidence together; 0 where neither is computed.
    /// </summary>
    public required int SupportEvaluations { get; init; }

    /// <summary>
    /// Of <see cref="SupportEvaluations"/> those for evidence maps, other sides and places included; the confidence uses them too where it
    /// asks with the same noise. The rest is for the confidence alone.
    /// </summary>
    public required int EvidenceEvaluations { get; init; }

    /// <summary>Operations per image, VAE and text encoder included, in 10^9.</summary>
    public required double Gflop { get; init; }

    /// <summary>Image to heatmaps of all phrases, in seconds.</summary>
    public required LatencySummary Seconds { get; init; }

    /// <summary>Images per second, one after the other (median).</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Achieved rate (median), in GFLOP/s.</summary>
    public required double Gflops { get; init; }

    /// <summary>Achieved rate against the best convolution probe.</summary>
    public required double ShareOfPeak { get; init; }

    /// <summary>Time (median) of the first preset with as many phrases, over this one's.</summary>
    public required double SpeedUp { get; init; }

    /// <summary>
    /// Pearson correlation of the model heatmaps with those of the preset <c>exact</c>: mean over images and phrases; null where undefined
    /// or exact is not measured.
    /// </summary>
    public required double? CorrelationMean { get; init; }

    /// <summary>The lowest of these correlations.</summary>
    public required double? CorrelationMin { get; init; }
}

/// <summary>Resident memory, in bytes.</summary>
/// <param name="BeforeLoad">Before the bundle was opened.</param>
/// <param name="Loaded">With every session built.</param>
/// <param name="Grounding">After the first grounding, all graphs used.</param>
/// <param name="Peak">The most until the end of all rows.</param>
/// <param name="GroundingOverWeights">(Grounding - BeforeLoad) / weight file.</param>
public sealed record BenchMemory(long BeforeLoad, long Loaded, long Grounding, long Peak, double GroundingOverWeights);

/// <summary>One <c>cxr ground</c> with one phrase as a process of its own.</summary>
/// <param name="Preset">Name of the preset.</param>
/// <param name="Seconds">From starting the process to its end; its last act is writing the result.</param>
/// <param name="ModelSeconds">What the process itself counted for VAE, trajectory and phrase.</param>
/// <param name="LoadSeconds">What it counted for reading the image, opening and checking the bundle.</param>
public sealed record ColdStart(string Preset, double Seconds, double ModelSeconds, double LoadSeconds);

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(BenchResult))]
internal sealed partial class BenchResultContext : JsonSerializerContext;
