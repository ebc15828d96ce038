namespace CxrOnnx.Evaluation.Bench;

/// <summary>Seconds of repeated runs.</summary>
/// <param name="Runs">How many.</param>
/// <param name="Min">The fastest: what the machine can do.</param>
/// <param name="P50">Half were faster.</param>
/// <param name="P90">Nine of ten were faster.</param>
/// <param name="P95">19 of 20 were faster.</param>
/// <param name="P99">99 of 100 were faster; with few runs nearly the slowest.</param>
/// <param name="Max">The slowest.</param>
public sealed record LatencySummary(int Runs, double Min, double P50, double P90, double P95, double P99, double Max)
{
    /// <summary>Summarises runs; percentiles are interpolated between neighbours.</summary>
    /// <param name="seconds">At least one.</param>
    public static LatencySummary Of(IEnumerable<double> seconds)
    {
        double[] sorted = [.. seconds.Order()];
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length);
        return new LatencySummary(sorted.Length, sorted[0], At(0.5), At(0.9), At(0.95), At(0.99), sorted[^1]);

        double At(double share)
        {
            double position = share * (sorted.Length - 1);
            int below = (int)position;
            int above = Math.Min(below + 1, sorted.Length - 1);
            return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
        }
    }
}
