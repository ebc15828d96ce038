using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Evaluation.Bench;

namespace CxrOnnx.Evaluation.Load;

/// <summary>What <c>cxr bench --service</c> measured; the document of <c>--json</c>.</summary>
public sealed record LoadResult
{
    private static readonly LoadResultContext Context = new(
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

    /// <summary>The machine of the clients and of the library; the service's too where its address is loopback.</summary>
    public required BenchMachine Machine { get; init; }

    /// <summary>Id of the bundle.</summary>
    public required string BundleId { get; init; }

    /// <summary>Preset.</summary>
    public required string Preset { get; init; }

    /// <summary>
    /// Whether service and library computed the same trajectory of the same file, byte by byte: then they did the same work.
    /// </summary>
    public required bool SameTrajectory { get; init; }

    /// <summary>One entry per scenario and number of clients.</summary>
    public required IReadOnlyList<LoadRow> Rows { get; init; }

    /// <summary>The document as text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Context.LoadResult);
}

/// <summary>One scenario with one number of clients. Service and library took turns, burst by burst.</summary>
public sealed record LoadRow
{
    /// <summary>The scenario.</summary>
    public required LoadScenario Scenario { get; init; }

    /// <summary>Clients; each asks again as soon as it is answered.</summary>
    public required int Clients { get; init; }

    /// <summary>Requests that were answered 200. Every request was, unless <see cref="Failed"/> counts it.</summary>
    public required int Answered { get; init; }

    /// <summary>Attempts that were answered 429; the client waited for Retry-After and asked again.</summary>
    public required int Refused { get; init; }

    /// <summary>Requests that were answered otherwise, or not.</summary>
    public required int Failed { get; init; }

    /// <summary>What the first of the failed ones was answered, or null.</summary>
    public required string? Failure { get; init; }

    /// <summary>Answered requests per second of the bursts.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>From sending the attempt that was answered to the end of its answer, in seconds.</summary>
    public required LatencySummary Seconds { get; init; }

    /// <summary>The same work by the library in this process, one after the other, in seconds.</summary>
    public required LatencySummary LibrarySeconds { get; init; }

    /// <summary>Requests per second over what the library does per second (mean).</summary>
    public required double Throughput { get; init; }

    /// <summary>
    /// What the service itself adds: median over the requests of (duration - waiting - work) / work, where work is the time of decoding and
    /// model that the answer states. Both are of the same request, so that other load on the machine weighs little. Null with several
    /// clients, who also wait for each other.
    /// </summary>
    public required double? Overhead { get; init; }

    /// <summary>Processor time of the service per answered request, in seconds; null where its metrics do not tell.</summary>
    public required double? ProcessorSeconds { get; init; }

    /// <summary>Processor time of this process per grounding by the library, in seconds.</summary>
    public required double LibraryProcessorSeconds { get; init; }
}

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(LoadResult))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class LoadResultContext : JsonSerializerContext;
