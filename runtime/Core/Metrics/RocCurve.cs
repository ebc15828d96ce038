namespace CxrOnnx.Core.Metrics;

/// <summary>
/// Receiver operating characteristic of scores; its area is <see cref="Bootstrap.RocArea(IReadOnlyList{double}, IReadOnlyList{double})"/>.
/// </summary>
public static class RocCurve
{
    /// <summary>The curve.</summary>
    /// <param name="positives">Scores of the positives; at least one, none of them NaN.</param>
    /// <param name="negatives">Scores of the negatives; at least one, none of them NaN.</param>
    /// <returns>From (0, 0) to (1, 1), one point per distinct score, from the highest to the lowest.</returns>
    public static IReadOnlyList<RocPoint> Of(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        ArgumentOutOfRangeException.ThrowIfZero(positives.Count);
        ArgumentOutOfRangeException.ThrowIfZero(negatives.Count);
        List<RocPoint> points = [new(double.PositiveInfinity, 0, 0)];
        int hits = 0;
        int falseAlarms = 0;
        foreach (
            IGrouping<double, bool> equal in positives
                .Select(score => (score, true))
                .Concat(negatives.Select(score => (score, false)))
                .GroupBy(item => item.score, item => item.Item2)
                .OrderByDescending(group => group.Key)
        )
        {
            hits += equal.Count(isPositive => isPositive);
            falseAlarms += equal.Count(isPositive => !isPositive);
            points.Add(new RocPoint(equal.Key, (double)hits / positives.Count, (double)falseAlarms / negatives.Count));
        }

        return points;
    }
}
