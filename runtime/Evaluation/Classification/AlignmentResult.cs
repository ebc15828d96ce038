namespace CxrOnnx.Evaluation.Classification;

/// <summary>How often the diffusion classifier picks the right phrase (<c>alignment.json</c>; names in snake case).</summary>
public sealed record AlignmentResult
{
    /// <summary>Id of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>Pairs of noise and time step per image.</summary>
    public required int Samples { get; init; }

    /// <summary>First (inclusive) and last (exclusive) time step.</summary>
    public required IReadOnlyList<int> TimeRange { get; init; }

    /// <summary>Seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Accuracies over the whole image and inside the annotated boxes.</summary>
    public required IReadOnlyList<AlignmentAccuracy> Results { get; init; }

    /// <summary>What a reader should know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>A row per phrase.</summary>
    public required IReadOnlyList<AlignedPhrase> Cases { get; init; }
}

/// <summary>An accuracy.</summary>
/// <param name="Region"><c>image</c>: the error over all cells; <c>boxes</c>: over the cells that the annotated boxes touch.</param>
/// <param name="Against">
/// <c>all</c> (the right phrase has the smallest error of all), <c>side</c>, <c>zone</c> or <c>pathology</c> (smaller than that
/// distractor's).
/// </param>
/// <param name="N">Number of phrases.</param>
/// <param name="Accuracy">Share of them, with its interval.</param>
/// <param name="Chance">What guessing would give.</param>
public sealed record AlignmentAccuracy(string Region, string Against, int N, Interval Accuracy, double Chance);

/// <summary>A phrase and what the classifier said.</summary>
/// <param name="ImageId">The image.</param>
/// <param name="Phrase">The right phrase.</param>
/// <param name="Category">Its class.</param>
/// <param name="ImageError">Error over the image.</param>
/// <param name="BoxError">Error inside the boxes; null where they lie outside the field of view.</param>
/// <param name="Distractors">The wrong phrases.</param>
public sealed record AlignedPhrase(
    string ImageId,
    string Phrase,
    string Category,
    double ImageError,
    double? BoxError,
    IReadOnlyList<AlignedDistractor> Distractors
);

/// <summary>A wrong phrase.</summary>
/// <param name="Kind"><c>side</c>, <c>zone</c> or <c>pathology</c>.</param>
/// <param name="Phrase">The phrase.</param>
/// <param name="ImageError">Error over the image.</param>
/// <param name="BoxError">Error inside the boxes.</param>
public sealed record AlignedDistractor(string Kind, string Phrase, double ImageError, double? BoxError);
