namespace CxrOnnx.Evaluation.Evidence;

/// <summary>How good one map is.</summary>
/// <param name="Cnr">Contrast-to-noise ratio.</param>
/// <param name="MIoU">Mean IoU over the five thresholds, in [0, 1].</param>
/// <param name="Auroc">AUROC of the pixels.</param>
/// <param name="PeakInside">Whether the highest point lies in a box.</param>
internal readonly record struct MapScore(double Cnr, double MIoU, double Auroc, bool PeakInside);

/// <summary>The maps of one case side by side.</summary>
/// <param name="Category">The case's class.</param>
/// <param name="Attention">The attention heatmap.</param>
/// <param name="Evidence">The evidence map, of a recipe that did not learn from the image.</param>
internal sealed record EvidenceScore(string Category, MapScore Attention, MapScore Evidence)
{
    /// <summary>Means of the class means, by name; the share of peaks over all cases.</summary>
    public static IReadOnlyDictionary<string, double> Means(IReadOnlyList<EvidenceScore> scores)
    {
        SortedDictionary<string, double> means = new(StringComparer.Ordinal);
        Add("attention", score => score.Attention);
        Add("evidence", score => score.Evidence);
        return means;

        void Add(string name, Func<EvidenceScore, MapScore> map)
        {
            means[$"{name}_cnr"] = ClassMean(score => map(score).Cnr);
            means[$"{name}_miou"] = ClassMean(score => map(score).MIoU);
            means[$"{name}_auroc"] = ClassMean(score => map(score).Auroc);
            means[$"{name}_peak_inside"] = Math.Round(scores.Average(score => map(score).PeakInside ? 1.0 : 0), 4);
        }

        double ClassMean(Func<EvidenceScore, double> value) =>
            Math.Round(scores.GroupBy(score => score.Category).Average(group => group.Average(value)), 4);
    }
}
