using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.Evaluation.Bench;

namespace CxrOnnx.Lab.Benchmarks;

/// <summary>What <c>cxr-lab bench-reference</c> measured.</summary>
public sealed record ReferenceBenchResult
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The machine; null without a bundle, whose provider it names.</summary>
    public BenchMachine? Machine { get; init; }

    /// <summary>Version of libtorch's managed side.</summary>
    public required string TorchSharp { get; init; }

    /// <summary>Threads of libtorch.</summary>
    public required int TorchThreads { get; init; }

    /// <summary>What the reference computed on: <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Why that.</summary>
    public required string DeviceReason { get; init; }

    /// <summary>Whether the reference was allowed TF32; null on the CPU, which has none.</summary>
    public required bool? Tf32 { get; init; }

    /// <summary><c>wall</c>, or <c>processor</c> for processor time.</summary>
    public required string Clock { get; init; }

    /// <summary>Inversion steps of the whole procedure.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps that were carried out per round; fewer than <see cref="Steps"/> mean that totals are extrapolated.</summary>
    public required int MeasuredSteps { get; init; }

    /// <summary>Whether the totals are extrapolated from single evaluations.</summary>
    public bool Extrapolated => MeasuredSteps < Steps;

    /// <summary>Rounds; each part's fastest time counts.</summary>
    public required int Rounds { get; init; }

    /// <summary>The parts on both sides, in seconds.</summary>
    public required IReadOnlyList<ReferencePart> Parts { get; init; }

    /// <summary>The authors' procedure and the bundle's presets.</summary>
    public required IReadOnlyList<ReferenceRow> Rows { get; init; }

    /// <summary>Resident memory after each stage, in bytes.</summary>
    public required IReadOnlyDictionary<string, long> ResidentBytes { get; init; }

    /// <summary>The document as text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);
}

/// <summary>One part of the work, timed on both sides.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Gflop">Its operations, in 10^9.</param>
/// <param name="ReferenceSeconds">TorchSharp eager; null where the reference has no such part.</param>
/// <param name="BundleSeconds">The exported graph; null without a bundle or where it has no such part.</param>
public sealed record ReferencePart(string Name, double Gflop, double? ReferenceSeconds, double? BundleSeconds);

/// <summary>One way to ground a number of phrases on one image.</summary>
/// <param name="System"><c>reference</c>, or a preset of the bundle.</param>
/// <param name="Phrases">Phrases on the image.</param>
/// <param name="Evaluations">Whole U-Net evaluations, counted per sample.</param>
/// <param name="TruncatedEvaluations">Truncated ones.</param>
/// <param name="Gflop">Operations, in 10^9.</param>
/// <param name="Seconds">Image to heatmaps.</param>
/// <param name="Ratio">The reference's time for as many phrases over this one.</param>
/// <param name="MaxAbs">Largest difference of the heatmaps from the reference's; null where these were not computed.</param>
/// <param name="Correlation">Lowest correlation with the reference's heatmaps.</param>
public sealed record ReferenceRow(
    string System,
    int Phrases,
    int Evaluations,
    int TruncatedEvaluations,
    double Gflop,
    double Seconds,
    double Ratio,
    double? MaxAbs,
    double? Correlation
);
