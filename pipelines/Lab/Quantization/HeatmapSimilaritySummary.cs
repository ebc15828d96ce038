using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Lab.Quantization;

/// <summary>How alike the heatmaps of two bundles of one model are.</summary>
/// <param name="Mean">Mean Pearson correlation over images and phrases.</param>
/// <param name="Least">Least correlation.</param>
/// <param name="MaxAbs">Largest difference of a cell, heatmaps in [0, 1].</param>
internal sealed record HeatmapSimilaritySummary(double Mean, double Least, double MaxAbs)
{
    /// <summary>Compares maps, pair by pair. A constant map correlates with nothing: it counts as 0.</summary>
    public static HeatmapSimilaritySummary Of(IReadOnlyList<float[]> wanted, IReadOnlyList<float[]> got)
    {
        double[] correlations =
        [
            .. wanted.Zip(got, (a, b) => HeatmapSimilarity.Correlation(a, b)).Select(value => double.IsFinite(value) ? value : 0),
        ];
        return new HeatmapSimilaritySummary(
            correlations.Average(),
            correlations.Min(),
            wanted.Zip(got, (a, b) => HeatmapSimilarity.MaxAbs(a, b)).Max()
        );
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"correlation {Mean:F4} (least {Least:F4}), max-abs {MaxAbs:F3}");
}
