using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Load;

/// <summary>What <c>cxr bench --service</c> is asked to measure.</summary>
public sealed record LoadRequest
{
    /// <summary>Address of a running service, for example <c>http://127.0.0.1:8080</c>.</summary>
    public required Uri Service { get; init; }

    /// <summary>API key, or null.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The bundle that the service serves: folder or file.</summary>
    public required string Bundle { get; init; }

    /// <summary>A radiograph: PNG, JPEG or TIFF.</summary>
    public required string Image { get; init; }

    /// <summary>Preset.</summary>
    public string Preset { get; init; } = "exact";

    /// <summary>Numbers of clients that ask at the same time.</summary>
    public IReadOnlyList<int> Clients { get; init; } = [1, 4, 16];

    /// <summary>Requests per row, at least; rounded up to whole bursts.</summary>
    public int Requests { get; init; } = 32;

    /// <summary>How the library loads the model.</summary>
    public GroundingModelOptions Model { get; init; } = new();
}
