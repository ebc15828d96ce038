using System.Text.Json;

namespace CxrOnnx.Evaluation.Load;

/// <summary>How one request went.</summary>
/// <param name="Refused">Attempts that were answered 429 before.</param>
/// <param name="Failure">What was answered instead of a result, or null.</param>
internal sealed record LoadResponse(int Refused, string? Failure)
{
    /// <summary>From sending to the end of the answer.</summary>
    public TimeSpan Duration { get; private init; }

    /// <summary>Decoding and model, as the answer states them, in seconds.</summary>
    public double WorkSeconds { get; private init; }

    /// <summary>Waiting for a worker, as the answer states it, in seconds.</summary>
    public double QueueSeconds { get; private init; }

    /// <summary>SHA-256 of the trajectory.</summary>
    public string? TrajectorySha256 { get; private init; }

    /// <summary>What the service added, as a share of decoding and model.</summary>
    public double Overhead => (Duration.TotalSeconds - QueueSeconds - WorkSeconds) / WorkSeconds;

    /// <summary>Reads a result document.</summary>
    public static LoadResponse Of(byte[] result, TimeSpan duration, int refused)
    {
        using JsonDocument document = JsonDocument.Parse(result);
        JsonElement seconds = document.RootElement.GetProperty("seconds");
        double Of(string name) => seconds.GetProperty(name).GetDouble();
        return new LoadResponse(refused, null)
        {
            Duration = duration,
            WorkSeconds = Of("load") + Of("encode_image") + Of("inversion") + Of("phrases"),
            QueueSeconds = Of("queue"),
            TrajectorySha256 = document.RootElement.GetProperty("trajectory_sha256").GetString(),
        };
    }
}
