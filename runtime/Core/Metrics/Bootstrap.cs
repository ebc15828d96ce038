namespace CxrOnnx.Core.Metrics;

/// <summary>Percentile bootstrap of means: resamples with replacement and takes the 2.5th and 97.5th percentile.</summary>
/// <remarks>Efron and Tibshirani 1993, chapter 13. Deterministic in the seed.</remarks>
public sealed class Bootstrap
{
    private readonly int _resamples;
    private readonly ulong _seed;

    /// <summary>Creates a bootstrap.</summary>
    /// <param name="resamples">Number of resamples, at least 1.</param>
    /// <param name="seed">Seed of the resampling.</param>
    public Bootstrap(int resamples = 10_000, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        _resamples = resamples;
        _seed = seed;
    }

    /// <summary>Mean and interval of one sample.</summary>
    /// <param name="sample">At least one value, none of them NaN.</param>
    public ConfidenceInterval Mean(IReadOnlyList<double> sample) => MeanOfMeans([sample]);

    /// <summary>Mean and interval of the mean of several groups' means (a class average); each group is resampled on its own.</summary>
    /// <param name="groups">At least one group, each with at least one value.</param>
    public ConfidenceInterval MeanOfMeans(IReadOnlyList<IReadOnlyList<double>> groups)
    {
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count);
        double[] means = new double[_resamples];
        double mean = 0;
        for (int g = 0; g < groups.Count; g++)
        {
            double[] values = [.. groups[g]];
            ArgumentOutOfRangeException.ThrowIfZero(values.Length);
            mean += values.Average() / groups.Count;
            AddResampledMeans(values, means, 1.0 / groups.Count, _seed + ((ulong)g * 0x9E3779B97F4A7C15));
        }

        Array.Sort(means);
        return new ConfidenceInterval(mean, Percentile(means, 0.025), Percentile(means, 0.975));
    }

    /// <summary>The value below which a share of sorted values lies, interpolated between neighbours.</summary>
    internal static double Percentile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)Math.Floor(position);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }

    private static void AddResampledMeans(double[] values, double[] means, double weight, ulong seed)
    {
        ulong state = seed;
        for (int r = 0; r < means.Length; r++)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                // SplitMix64 (Steele et al. 2014), its high bits scaled to an index: fast, and the same on every platform.
                state += 0x9E3779B97F4A7C15;
                ulong mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
                sum += values[(int)Math.BigMul(mixed ^ (mixed >> 31), (ulong)values.Length, out _)];
            }

            means[r] += weight * (sum / values.Length);
        }
    }
}
