using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>What <c>cxr bench</c> is asked to measure.</summary>
public sealed record BenchRequest
{
    /// <summary>Bundle folder or file.</summary>
    public required string Bundle { get; init; }

    /// <summary>Radiographs; the runs take them in turn.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Which frame or page is read of files with several, from 1; null: such a file is refused.</summary>
    public int? Frame { get; init; }

    /// <summary>Presets to measure; empty = all of the bundle.</summary>
    public IReadOnlyList<string> Presets { get; init; } = [];

    /// <summary>Numbers of phrases per image.</summary>
    public IReadOnlyList<int> PhraseCounts { get; init; } = [1, 5];

    /// <summary>Runs of each row.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>
    /// Runs of each row before those that count; null = 1, and 3 on a GPU, where the third call of the attention graph is recorded.
    /// </summary>
    public int? WarmUp { get; init; }

    /// <summary>Processes started per preset to measure the cold start; 0 = none.</summary>
    public int ColdStarts { get; init; } = 1;

    /// <summary>Whether processor time is taken instead of wall time; see <see cref="BenchClock"/>.</summary>
    public bool ProcessorTime { get; init; }

    /// <summary>Whether one more run of the first preset, with the most phrases, tells where the time goes, operator by operator.</summary>
    public bool Profile { get; init; }

    /// <summary>
    /// Whether phrases also get a confidence, where the bundle is calibrated; no part of a preset, so not measured without being asked for.
    /// </summary>
    public bool Confidence { get; init; }

    /// <summary>How the model is loaded.</summary>
    public GroundingModelOptions Model { get; init; } = new();
}
