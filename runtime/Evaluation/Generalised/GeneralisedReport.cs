using System.Globalization;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// The results of the generalised task; <see cref="GeneralisedJson"/>, <see cref="GeneralisedMarkdown"/> and <see cref="GeneralisedHtml"/>
/// write them.
/// </summary>
/// <param name="Dataset">The data set.</param>
/// <param name="Systems">The systems in the order in which they were named.</param>
/// <param name="Resamples">Number of bootstrap resamples.</param>
/// <param name="Seed">Seed of the bootstrap and of the foreign phrases.</param>
public sealed record GeneralisedReport(GeneralisedSet Dataset, IReadOnlyList<RegionScores> Systems, int Resamples, ulong Seed)
{
    /// <summary>How regions become figures: the same sentences in every report.</summary>
    public static IReadOnlyList<string> Rules { get; } =
    [
        "Average precision: the regions of all phrases in one list by score; a region is right where it reaches the intersection over "
            + "union with an annotated box of its phrase that no better one of the phrase has taken; regions of phrases that the image "
            + "does not show are wrong. All-point interpolation; equal scores are one point of the curve.",
        "No region: of the phrases that nothing in the image supports, the share that the system shows no region for, by its own verdict.",
        "Sweep: in place of that verdict one threshold on the phrases' highest scores, the highest one that keeps the given share of the "
            + "supported phrases; chosen on these very phrases, so it says how well scores separate, not what a threshold would do "
            + "elsewhere.",
        "Intervals resample images, each with all its phrases.",
    ];

    /// <summary>What a reader should know: of the data set and of the systems.</summary>
    public IReadOnlyList<string> Notes() =>
        [.. Rules, .. Dataset.Notes, .. Systems.SelectMany(system => system.Notes.Select(note => $"{system.Name}: {note}"))];

    /// <summary>One sentence that says what was asked.</summary>
    public string Summary() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Dataset.Cases.Count} phrases on {Dataset.Cases.Select(item => item.Phrase.ImageId).Distinct().Count()} images: "
                + $"{Dataset.Cases.Count(item => item.IsSupported)} supported "
                + $"({Dataset.Cases.Sum(item => item.Phrase.Boxes.Count)} boxes), "
                + $"{Dataset.Cases.Count(item => item.IsUnsupported)} that nothing supports, "
                + $"{Dataset.Cases.Count(item => item.Kind == PhraseKind.Denied)} denied. 95 % intervals of {Resamples} bootstrap "
                + $"resamples (seed {Seed})."
        );

    /// <summary>Phrases of a kind.</summary>
    public int Count(PhraseKind kind) => Dataset.Cases.Count(item => item.Kind == kind);
}
