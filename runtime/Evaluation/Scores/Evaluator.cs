using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;

namespace CxrOnnx.Evaluation.Scores;

/// <summary>Scores systems on a data set.</summary>
/// <remarks>
/// Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 4.1: per class means, their mean, and 95 % bootstrap intervals.
/// </remarks>
public sealed class Evaluator
{
    private readonly Bootstrap _bootstrap;
    private readonly int _threads;

    /// <summary>Creates an evaluator.</summary>
    /// <param name="bootstrap">Makes the intervals.</param>
    /// <param name="threads">Cases scored at once where the system allows it.</param>
    public Evaluator(Bootstrap bootstrap, int threads = 1)
    {
        _bootstrap = bootstrap;
        _threads = threads;
    }

    /// <summary>Number of bootstrap resamples.</summary>
    public int Resamples => _bootstrap.Resamples;

    /// <summary>Seed of the bootstrap.</summary>
    public ulong Seed => _bootstrap.Seed;

    /// <summary>Lets a system answer every case and scores the answers.</summary>
    /// <param name="system">The system.</param>
    /// <param name="cases">At least one case.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="answered">
    /// Gets each case's position, score and answer; from several threads at once where the system allows it.
    /// </param>
    /// <param name="known">The score of a case, by its position, that an earlier run found: it is not answered again; or null.</param>
    /// <param name="cancellationToken">Stops between two cases.</param>
    /// <exception cref="CxrOnnxException">
    /// The system has no answer to some cases: all others are answered first, so that nothing is lost.
    /// </exception>
    public SystemScores Evaluate(
        IEvaluatedSystem system,
        IReadOnlyList<EvaluationCase> cases,
        IProgress<double>? progress = null,
        Action<int, CaseScore?, Prediction>? answered = null,
        Func<int, CaseScore?>? known = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(cases.Count);
        CaseScore?[] scores = new CaseScore?[cases.Count];
        bool[] empty = new bool[cases.Count];
        string?[] failures = new string?[cases.Count];
        int done = 0;
        void ScoreCase(int i)
        {
            if (known?.Invoke(i) is { } before)
            {
                scores[i] = before;
            }
            else
            {
                InputProblems problems = new();
                problems.Try(() =>
                {
                    Prediction answer = system.Answer(cases[i]);
                    scores[i] = answer.IsNone ? null : Score(cases[i], answer);
                    empty[i] = answer.Boxes is { Count: 0 };
                    answered?.Invoke(i, scores[i], answer);
                });
                failures[i] = problems.Found.FirstOrDefault();
            }

            progress?.Report((double)Interlocked.Increment(ref done) / cases.Count);
        }

        if (system.IsThreadSafe && _threads > 1)
        {
            Parallel.For(
                0,
                cases.Count,
                new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken },
                ScoreCase
            );
        }
        else
        {
            for (int i = 0; i < cases.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ScoreCase(i);
            }
        }

        InputProblems all = new();
        foreach (string failure in failures.OfType<string>())
        {
            all.Add(failure);
        }

        all.ThrowIfAny("no table was written; what bundles answered is kept, and the same command goes on from there", always: true);
        return Summarize(
            system,
            [.. scores.OfType<CaseScore>()],
            EmptyAnswers([.. scores.Index().Where(entry => entry.Item is not null).Select(entry => (entry.Item!, empty[entry.Index]))])
        );
    }

    /// <summary>Compares two systems case by case: the mean over classes of the mean differences, resampled as pairs.</summary>
    /// <param name="first">Scores of one.</param>
    /// <param name="second">Scores of the other; cases that only one of them answered are left out.</param>
    /// <returns>The comparison, or null where there is a class of which they answered no case both.</returns>
    public SystemComparison? Compare(SystemScores first, SystemScores second)
    {
        Dictionary<CaseKey, CaseScore> theirs = second.Cases.ToDictionary(score => score.Case.Key);
        (CaseScore First, CaseScore Second)[] both =
        [
            .. first.Cases.Where(score => theirs.ContainsKey(score.Case.Key)).Select(score => (score, theirs[score.Case.Key])),
        ];
        int classes = both.Select(pair => pair.First.Case.CategoryName).Distinct().Count();
        if (both.Length == 0 || classes < Math.Max(first.Classes.Count, second.Classes.Count))
        {
            return null;
        }

        MetricComparison? Of(Func<CaseScore, double?> value, Func<ScoreSummary, ConfidenceInterval?> summary)
        {
            if (summary(first.Average) is not { } one || summary(second.Average) is not { } two)
            {
                return null;
            }

            IReadOnlyList<double>[] groups =
            [
                .. both.GroupBy(pair => pair.First.Case.CategoryName)
                    .Select(group =>
                        (IReadOnlyList<double>)[.. group.Select(pair => value(pair.First)!.Value - value(pair.Second)!.Value)]
                    ),
            ];
            return new MetricComparison(
                _bootstrap.MeanOfMeans(groups),
                one.IsApartFrom(two),
                one.Mean > 0 && two.Mean > 0 ? one.Mean / two.Mean : null
            );
        }

        return new SystemComparison(
            first.Name,
            second.Name,
            Of(score => score.Cnr, row => row.Cnr),
            Of(score => score.MIoU, row => row.MIoU)!,
            Of(score => score.Auroc, row => row.Auroc)
        );
    }

    /// <summary>Scores one answer.</summary>
    public static CaseScore Score(EvaluationCase item, Prediction answer) =>
        answer.Heatmap is { } heatmap
            ? Score(item, heatmap)
            : new CaseScore(item, null, null, MeanIoU.OfBoxes(answer.Boxes!, item.Boxes, item.ImageSize), null);

    private static CaseScore Score(EvaluationCase item, Heatmap heatmap)
    {
        double contrast = ContrastToNoiseRatio.Compute(heatmap, item.Boxes);

        // A single box has no order.
        double orderFree = item.Boxes.Count == 1 ? contrast : ContrastToNoiseRatio.ComputeOrderFree(heatmap, item.Boxes);
        return new CaseScore(item, contrast, orderFree, MeanIoU.Compute(heatmap, item.Boxes), AucRoc.Compute(heatmap, item.Boxes));
    }

    /// <summary>
    /// What a reader should know of answers that are no box: they count as 0, and how far that decides the average.
    /// </summary>
    private static IReadOnlyList<string> EmptyAnswers((CaseScore Score, bool IsEmpty)[] answers)
    {
        int empty = answers.Count(answer => answer.IsEmpty);
        if (empty == 0)
        {
            return [];
        }

        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"{empty} of {answers.Length} phrases have an answer without a box, which counts as an overlap of 0"
        );
        IGrouping<string, (CaseScore Score, bool IsEmpty)>[] classes = [.. answers.GroupBy(answer => answer.Score.Case.CategoryName)];
        double[] means =
        [
            .. classes
                .Where(group => group.Any(answer => !answer.IsEmpty))
                .Select(group => group.Where(answer => !answer.IsEmpty).Average(answer => answer.Score.MIoU)),
        ];
        return means.Length == 0
            ? [note + "."]
            :
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{note}; over the {answers.Length - empty} with a box the average mIoU is {100 * means.Average():0.0} %"
                ) + (means.Length < classes.Length ? $" (over {means.Length} of {classes.Length} classes, the others have none)." : "."),
            ];
    }

    private SystemScores Summarize(IEvaluatedSystem system, CaseScore[] scores, IReadOnlyList<string> notes)
    {
        List<IGrouping<string, CaseScore>> classes = [.. scores.GroupBy(score => score.Case.CategoryName)];
        return new SystemScores(system.Name, classes.ToDictionary(group => group.Key, group => Summary([group])), Summary(classes), scores)
        {
            Description = system.Description,
            IsBound = system.IsBound,
            Notes = [.. system.Notes, .. notes],
        };
    }

    private ScoreSummary Summary(IReadOnlyList<IEnumerable<CaseScore>> groups)
    {
        ConfidenceInterval? Interval(Func<CaseScore, double?> value) =>
            groups.Any(group => group.Any(score => value(score) is null))
                ? null
                : _bootstrap.MeanOfMeans([
                    .. groups.Select(group => (IReadOnlyList<double>)[.. group.Select(score => value(score)!.Value)]),
                ]);

        return new ScoreSummary(
            groups.Sum(group => group.Count()),
            Interval(score => score.Cnr),
            groups.Average(group => group.Average(score => score.CnrOrderFree)),
            Interval(score => score.MIoU)!.Value,
            Interval(score => score.Auroc)
        );
    }
}
