namespace CxrOnnx.Trainer.Data;

/// <summary>What is known about one training image besides its pixels.</summary>
public sealed record TrainingRecord
{
    /// <summary>Index in the source data set.</summary>
    public required long Index { get; init; }

    /// <summary>The findings; empty for a normal image.</summary>
    public required IReadOnlyList<TrainingFinding> Findings { get; init; }
}
