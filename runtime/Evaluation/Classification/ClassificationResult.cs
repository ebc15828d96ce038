using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>Result of grounded classification (<c>classification.json</c>; names in snake case).</summary>
public sealed record ClassificationResult
{
    /// <summary>Id of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>The positive class's phrase.</summary>
    public required string Positive { get; init; }

    /// <summary>The negative class's phrase; empty for the empty prompt.</summary>
    public required string Negative { get; init; }

    /// <summary>Pairs of noise and time step per image.</summary>
    public required int Samples { get; init; }

    /// <summary>First (inclusive) and last (exclusive) time step.</summary>
    public required IReadOnlyList<int> TimeRange { get; init; }

    /// <summary>Seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Number of positive images.</summary>
    public required int Positives { get; init; }

    /// <summary>Number of negative images.</summary>
    public required int Negatives { get; init; }

    /// <summary>mIoU that separates the bins.</summary>
    public required double MiouSplit { get; init; }

    /// <summary>A result per way of weighting.</summary>
    public required IReadOnlyList<WeightedResult> Results { get; init; }

    /// <summary>What a reader should know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>A score per image.</summary>
    public required IReadOnlyList<ClassifiedImage> Cases { get; init; }
}

/// <summary>How well one way of weighting the errors separates the classes.</summary>
/// <param name="Weighting">
/// <c>own</c>: each phrase's error under its own heatmap (appendix K); <c>positive</c>: both under the positive phrase's; <c>none</c>: all
/// cells alike.
/// </param>
/// <param name="Auroc">All positives against all negatives.</param>
/// <param name="LowMiou">
/// The positives whose heatmap overlaps its box less than the split, against all negatives; null where there are none.
/// </param>
/// <param name="HighMiou">The other positives.</param>
public sealed record WeightedResult(string Weighting, Interval Auroc, BinResult? LowMiou, BinResult? HighMiou);

/// <summary>A bin of positives.</summary>
/// <param name="N">Number of positives in it.</param>
/// <param name="Auroc">Against all negatives.</param>
public sealed record BinResult(int N, Interval Auroc);

/// <summary>A mean and its 95 % interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Ci95">Low and high end.</param>
public sealed record Interval(double Mean, IReadOnlyList<double> Ci95)
{
    /// <summary>The same as the metrics have it.</summary>
    public static Interval Of(ConfidenceInterval value) => new(value.Mean, [value.Low, value.High]);
}

/// <summary>An image and its scores.</summary>
/// <param name="ImageId">The image.</param>
/// <param name="Label">1 for a positive, 0 for a negative.</param>
/// <param name="Miou">Overlap of the positive phrase's heatmap and the boxes; null for a negative.</param>
/// <param name="Scores">Per weighting the negative phrase's error minus the positive's: higher speaks for the positive class.</param>
public sealed record ClassifiedImage(string ImageId, int Label, double? Miou, IReadOnlyDictionary<string, double> Scores);
