namespace CxrOnnx.Core.Metrics;

/// <summary>Percentile bootstrap of means: resamples with replacement and takes the 2.5th and 97.5th percentile.</summary>
/// <remarks>Efron and Tibshirani 1993, chapter 13. Deterministic in the seed.</remarks>
public sealed class Bootstrap
{
    /// <summary>Creates a bootstrap.</summary>
    /// <param name="resamples">Number of resamples, at least 1.</param>
    /// <param name="seed">Seed of the resampling.</param>
    public Bootstrap(int resamples = 10_000, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        Resamples = resamples;
        Seed = seed;
    }

    /// <summary>Number of resamples.</summary>
    public int Resamples { get; }

    /// <summary>Seed of the resampling.</summary>
    public ulong Seed { get; }

    /// <summary>Mean and interval of one sample.</summary>
    /// <param name="sample">At least one value, none of them NaN.</param>
    public ConfidenceInterval Mean(IReadOnlyList<double> sample) => MeanOfMeans([sample]);

    /// <summary>Mean and interval of the mean of several groups' means (a class average); each group is resampled on its own.</summary>
    /// <param name="groups">At least one group, each with at least one value.</param>
    public ConfidenceInterval MeanOfMeans(IReadOnlyList<IReadOnlyList<double>> groups)
    {
        (double mean, double[] means) = Resampled(groups);
        Array.Sort(means);
        return new ConfidenceInterval(mean, Percentile(means, 0.025), Percentile(means, 0.975));
    }

    /// <summary>
    /// The ratio of two means of group means and its interval; the two are resampled as pairs, value i of a group with value i of the
    /// other's.
    /// </summary>
    /// <param name="numerators">At least one group, each with at least one value.</param>
    /// <param name="denominators">As many groups of the same sizes.</param>
    /// <returns>Null where a resampled denominator is not above 0: the ratio has no interval then.</returns>
    public ConfidenceInterval? RatioOfMeans(
        IReadOnlyList<IReadOnlyList<double>> numerators,
        IReadOnlyList<IReadOnlyList<double>> denominators
    )
    {
        if (!numerators.Select(group => group.Count).SequenceEqual(denominators.Select(group => group.Count)))
        {
            throw new ArgumentException("the groups of numerators and denominators differ in number or size", nameof(denominators));
        }

        // Draws depend on seed, group and size alone, so both sides draw the same cases.
        (double numerator, double[] above) = Resampled(numerators);
        (double denominator, double[] below) = Resampled(denominators);
        if (denominator <= 0 || below.Any(value => value <= 0))
        {
            return null;
        }

        double[] ratios = [.. above.Zip(below, (first, second) => first / second)];
        Array.Sort(ratios);
        return new ConfidenceInterval(numerator / denominator, Percentile(ratios, 0.025), Percentile(ratios, 0.975));
    }

    /// <summary>Area under the ROC curve of scores, and its interval; positives and negatives are resampled each on their own.</summary>
    /// <param name="positives">Scores of the positives; at least one, none of them NaN.</param>
    /// <param name="negatives">Scores of the negatives; at least one, none of them NaN.</param>
    public ConfidenceInterval RocArea(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        ArgumentOutOfRangeException.ThrowIfZero(positives.Count);
        ArgumentOutOfRangeException.ThrowIfZero(negatives.Count);

        // Equal scores share a rank; an area is then a sum over ranks of how often each was drawn.
        double[] ranks = [.. positives.Concat(negatives).Distinct().Order()];
        int[] positiveRanks = [.. positives.Select(score => Array.BinarySearch(ranks, score))];
        int[] negativeRanks = [.. negatives.Select(score => Array.BinarySearch(ranks, score))];
        SplitMix64 random = new(Seed);
        double[] areas = new double[Resamples];
        int[] drawnPositives = new int[ranks.Length];
        int[] drawnNegatives = new int[ranks.Length];
        for (int r = 0; r < areas.Length; r++)
        {
            Draw(positiveRanks, drawnPositives, ref random);
            Draw(negativeRanks, drawnNegatives, ref random);
            areas[r] = RocArea(drawnPositives, drawnNegatives, positives.Count, negatives.Count);
        }

        Array.Sort(areas);
        double area = RocArea(Counts(positiveRanks, ranks.Length), Counts(negativeRanks, ranks.Length), positives.Count, negatives.Count);
        return new ConfidenceInterval(area, Percentile(areas, 0.025), Percentile(areas, 0.975));
    }

    /// <summary>A statistic of clusters (images, patients) that are resampled whole, and its interval.</summary>
    /// <param name="clusters">Number of clusters, at least 1.</param>
    /// <param name="statistic">The statistic, given how often each cluster counts; NaN where it does not exist.</param>
    /// <returns>
    /// The statistic of all clusters with its interval; null where it does not exist. Resamples in which it does not exist are left out.
    /// </returns>
    public ConfidenceInterval? OfClusters(int clusters, Func<int[], double> statistic)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        int[] counts = [.. Enumerable.Repeat(1, clusters)];
        double value = statistic(counts);
        if (double.IsNaN(value))
        {
            return null;
        }

        SplitMix64 random = new(Seed);
        List<double> values = new(Resamples);
        for (int r = 0; r < Resamples; r++)
        {
            Array.Clear(counts);
            for (int i = 0; i < clusters; i++)
            {
                counts[random.NextIndex(clusters)]++;
            }

            if (statistic(counts) is var resampled && !double.IsNaN(resampled))
            {
                values.Add(resampled);
            }
        }

        values.Sort();
        double[] sorted = values.Count > 0 ? [.. values] : [value];
        return new ConfidenceInterval(value, Percentile(sorted, 0.025), Percentile(sorted, 0.975));
    }

    /// <summary>The value below which a share of sorted values lies, interpolated between neighbours.</summary>
    internal static double Percentile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)Math.Floor(position);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }

    private (double Mean, double[] Means) Resampled(IReadOnlyList<IReadOnlyList<double>> groups)
    {
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count);
        double[] means = new double[Resamples];
        double mean = 0;
        for (int g = 0; g < groups.Count; g++)
        {
            double[] values = [.. groups[g]];
            ArgumentOutOfRangeException.ThrowIfZero(values.Length);
            mean += values.Average() / groups.Count;
            AddResampledMeans(values, means, 1.0 / groups.Count, Seed + ((ulong)g * 0x9E3779B97F4A7C15));
        }

        return (mean, means);
    }

    private static int[] Counts(int[] ranks, int count)
    {
        int[] counts = new int[count];
        foreach (int rank in ranks)
        {
            counts[rank]++;
        }

        return counts;
    }

    private static void Draw(int[] ranks, int[] counts, ref SplitMix64 random)
    {
        Array.Clear(counts);
        for (int i = 0; i < ranks.Length; i++)
        {
            counts[ranks[random.NextIndex(ranks.Length)]]++;
        }
    }

    /// <summary>The share of (positive, negative) pairs in the right order, equal ones counting half (Mann and Whitney 1947).</summary>
    private static double RocArea(int[] positives, int[] negatives, int positiveCount, int negativeCount)
    {
        double pairs = 0;
        long below = 0;
        for (int rank = 0; rank < positives.Length; rank++)
        {
            pairs += positives[rank] * (below + (0.5 * negatives[rank]));
            below += negatives[rank];
        }

        return pairs / ((double)positiveCount * negativeCount);
    }

    private static void AddResampledMeans(double[] values, double[] means, double weight, ulong seed)
    {
        SplitMix64 random = new(seed);
        for (int r = 0; r < means.Length; r++)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[random.NextIndex(values.Length)];
            }

            means[r] += weight * (sum / values.Length);
        }
    }
}
