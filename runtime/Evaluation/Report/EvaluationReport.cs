using System.Globalization;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary>
/// The results of an evaluation; <see cref="EvaluationJson"/>, <see cref="EvaluationMarkdown"/> and <see cref="EvaluationHtml"/> write
/// them.
/// </summary>
public sealed record EvaluationReport
{
    /// <summary>The data set.</summary>
    public required EvaluationDataset Dataset { get; init; }

    /// <summary>The systems in the order in which they were named.</summary>
    public required IReadOnlyList<SystemScores> Systems { get; init; }

    /// <summary>Every pair of systems, the one with the higher mIoU first.</summary>
    public required IReadOnlyList<SystemComparison> Comparisons { get; init; }

    /// <summary>Published averages, which stand apart from everything that was computed.</summary>
    public IReadOnlyList<QuotedScore> Quoted { get; init; } = [];

    /// <summary>Number of bootstrap resamples.</summary>
    public required int Resamples { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The classes in the order of the data set.</summary>
    public IReadOnlyList<string> Classes => [.. Dataset.Cases.Select(item => item.CategoryName).Distinct()];

    /// <summary>Makes a report of systems' scores, comparing each pair.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="systems">The scores.</param>
    /// <param name="evaluator">Made the scores.</param>
    public static EvaluationReport Of(EvaluationDataset dataset, IReadOnlyList<SystemScores> systems, Evaluator evaluator)
    {
        (SystemScores First, SystemScores Second)[] pairs =
        [
            .. systems.SelectMany(
                (first, i) =>
                    systems
                        .Skip(i + 1)
                        .Select(second => first.Average.MIoU.Mean > second.Average.MIoU.Mean ? (first, second) : (second, first))
            ),
        ];
        SystemComparison?[] comparisons = new SystemComparison?[pairs.Length];
        Parallel.For(0, pairs.Length, i => comparisons[i] = evaluator.Compare(pairs[i].First, pairs[i].Second));
        return new EvaluationReport
        {
            Dataset = dataset,
            Systems = systems,
            Comparisons = [.. comparisons.OfType<SystemComparison>()],
            Resamples = evaluator.Resamples,
            Seed = evaluator.Seed,
        };
    }

    /// <summary>
    /// What a reader should know: of the data set, of the systems, and how far the order of boxes decides the contrast-to-noise ratio.
    /// </summary>
    public IReadOnlyList<string> Notes() =>
        [.. Dataset.Notes, .. Systems.SelectMany(system => system.Notes.Select(note => $"{system.Name}: {note}")), .. OrderNotes()];

    /// <summary>One sentence that says what was measured and how.</summary>
    public string Summary() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Dataset.Cases.Count} phrases on {Dataset.Cases.Select(item => item.ImageId).Distinct().Count()} images, {Classes.Count} "
                + $"classes. Means with 95 % intervals of {Resamples} bootstrap resamples (seed {Seed}); the average is the mean of the "
                + $"class means."
        );

    private IEnumerable<string> OrderNotes()
    {
        int several = Dataset.Cases.Count(item => item.Boxes.Count > 1);
        if (several == 0)
        {
            yield break;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{several} of {Dataset.Cases.Count} phrases have several boxes. As in the reference, the CNR measures them in the order of "
                + $"the file, and a box no longer counts for later ones."
        );
        foreach (SystemScores system in Systems.Where(system => system.Average is { Cnr: not null, CnrOrderFree: not null }))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{system.Name}: average CNR {system.Average.Cnr!.Value.Mean:0.0000}; measured against what lies outside all boxes, "
                    + $"whatever their order, {system.Average.CnrOrderFree!.Value:0.0000}."
            );
        }
    }
}
