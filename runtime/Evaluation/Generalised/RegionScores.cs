using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>What a system scored in the generalised task. Shares are in [0,1]; null where there is no such phrase.</summary>
/// <param name="Name">Name of the system.</param>
/// <param name="Description">What it is.</param>
/// <param name="Answers">Its answers, in the order of the data set.</param>
public sealed record RegionScores(string Name, string Description, IReadOnlyList<RegionAnswer> Answers)
{
    /// <summary>Whether it has seen the annotations.</summary>
    public bool IsBound { get; init; }

    /// <summary>What a reader should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Average precision of the shown regions at the thresholds of <see cref="RegionEvaluator.Overlaps"/>.</summary>
    public required IReadOnlyList<ConfidenceInterval?> AveragePrecision { get; init; }

    /// <summary>Share of the supported phrases that are shown a region.</summary>
    public required ConfidenceInterval? Kept { get; init; }

    /// <summary>Share of the unsupported phrases that are shown none.</summary>
    public required ConfidenceInterval? NoRegion { get; init; }

    /// <summary>The same for each kind of phrase that the image does not show.</summary>
    public required IReadOnlyDictionary<PhraseKind, ConfidenceInterval> Kinds { get; init; }

    /// <summary>The kinds of phrases that the sweep is about: the unsupported ones, or the denied ones where there are no others.</summary>
    public required string SweepOver { get; init; }

    /// <summary>
    /// What thresholds on the phrases' scores would do, in place of the system's own verdict: for <see cref="RegionEvaluator.KeptShares"/>.
    /// </summary>
    public required IReadOnlyList<SweepPoint> Sweep { get; init; }

    /// <summary>
    /// Share without a region where <see cref="RegionEvaluator.MainKeptShare"/> of the supported ones are kept; every resample finds its
    /// own threshold.
    /// </summary>
    public required ConfidenceInterval? NoRegionAtMainShare { get; init; }
}
