using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Core.Evaluation;

/// <summary>Scores systems on a data set.</summary>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 4.1: per class means, their mean, and 95 % bootstrap intervals.</remarks>
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

    /// <summary>Lets a system answer every case and scores the answers.</summary>
    /// <param name="system">The system.</param>
    /// <param name="cases">At least one case.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two cases.</param>
    /// <exception cref="CxrOnnxException">The system has no answer to a case.</exception>
    public SystemScores Evaluate(
        IEvaluatedSystem system,
        IReadOnlyList<EvaluationCase> cases,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cases.Count);
        CaseScore[] scores = new CaseScore[cases.Count];
        int done = 0;
        void ScoreCase(int i)
        {
            scores[i] = Score(cases[i], system.Answer(cases[i]));
            progress?.Report((double)Interlocked.Increment(ref done) / cases.Count);
        }

        if (system.IsThreadSafe && _threads > 1)
        {
            try
            {
                Parallel.For(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken }, ScoreCase);
            }
            catch (AggregateException exception) when (exception.InnerExceptions.OfType<CxrOnnxException>().FirstOrDefault() is { } first)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
            }
        }
        else
        {
            for (int i = 0; i < cases.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ScoreCase(i);
            }
        }

        return Summarize(system.Name, scores);
    }

    /// <summary>Scores one answer.</summary>
    public static CaseScore Score(EvaluationCase item, SystemAnswer answer) => answer.Heatmap is { } heatmap
        ? new CaseScore(
            item,
            ContrastToNoiseRatio.Compute(heatmap, item.Boxes),
            ContrastToNoiseRatio.ComputeOrderFree(heatmap, item.Boxes),
            MeanIoU.Compute(heatmap, item.Boxes),
            AucRoc.Compute(heatmap, item.Boxes))
        : new CaseScore(item, null, null, MeanIoU.OfBoxes(answer.Boxes!, item.Boxes, item.ImageSize), null);

    private SystemScores Summarize(string name, CaseScore[] scores)
    {
        List<IGrouping<string, CaseScore>> classes = [.. scores.GroupBy(score => score.Case.CategoryName)];
        return new SystemScores(name, classes.ToDictionary(group => group.Key, group => Summary([group])), Summary(classes), scores);
    }

    private ScoreSummary Summary(IReadOnlyList<IEnumerable<CaseScore>> groups)
    {
        ConfidenceInterval? Interval(Func<CaseScore, double?> value) => groups.Any(group => group.Any(score => value(score) is null))
            ? null
            : _bootstrap.MeanOfMeans([.. groups.Select(group => (IReadOnlyList<double>)[.. group.Select(score => value(score)!.Value)])]);

        return new ScoreSummary(
            groups.Sum(group => group.Count()),
            Interval(score => score.Cnr),
            groups.Average(group => group.Average(score => score.CnrOrderFree)),
            Interval(score => score.MIoU)!.Value,
            Interval(score => score.Auroc));
    }
}
