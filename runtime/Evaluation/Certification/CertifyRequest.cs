using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Certification;

/// <summary>What <c>cxr bench --certify</c> is asked to measure.</summary>
public sealed record CertifyRequest
{
    /// <summary>Bundle folder or file.</summary>
    public required string Bundle { get; init; }

    /// <summary>Radiographs; all are used.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Which frame or page is read of files with several, from 1; null: such a file is refused.</summary>
    public int? Frame { get; init; }

    /// <summary>Presets; empty = all of the bundle. The exact one, which all are compared with, is always among them.</summary>
    public IReadOnlyList<string> Presets { get; init; } = [];

    /// <summary>Precisions; empty = all that the provider and the bundle have.</summary>
    public IReadOnlyList<MathPrecision> Maths { get; init; } = [];

    /// <summary>Phrases per image.</summary>
    public int Phrases { get; init; } = 5;

    /// <summary>Where the certified computation runs. Its precision does not matter here.</summary>
    public GroundingModelOptions Model { get; init; } = new();
}
