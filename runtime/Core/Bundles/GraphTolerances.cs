namespace CxrOnnx.Core.Bundles;

/// <summary>How far graphs computed in less than single precision may be from golden numbers of the reference (docs/formats.md).</summary>
public static class GraphTolerances
{
    /// <summary>Key of the tolerance of finished heatmaps.</summary>
    public const string Heatmap = "heatmap";

    /// <summary>
    /// Largest absolute differences, by graph, where factors have 11 bits of mantissa (half precision, TF32) and sums are single
    /// precision.
    /// </summary>
    public static IReadOnlyDictionary<string, double> ElevenBits { get; } =
        new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [BundleLayout.VaeEncoder] = 2e-2,
            [BundleLayout.Denoiser] = 5e-2,
            [BundleLayout.Attention] = 5e-3,
            [Heatmap] = 5e-2,
        };
}
