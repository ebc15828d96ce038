namespace CxrOnnx.Core.Bundles;

/// <summary>How far graphs computed in less than single precision may be from golden numbers of the reference (docs/formats.md).</summary>
public static class GraphTolerances
{
    /// <summary>Key of the tolerance of finished heatmaps.</summary>
    public const string Heatmap = "heatmap";

    /// <summary>
    /// Largest absolute differences, by graph, of the set in half precision: factors and maps have 11 bits of mantissa, sums are single
    /// precision. The text encoder is not in it.
    /// </summary>
    public static IReadOnlyDictionary<string, double> Half { get; } =
        new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [BundleLayout.VaeEncoder] = 5e-2,
            [BundleLayout.Denoiser] = 2e-2,
            [BundleLayout.Attention] = 5e-3,
            [Heatmap] = 5e-2,
        };

    /// <summary>
    /// The same for TF32: the factors of every product have as many bits, what lies between is single precision, and the text encoder
    /// computes so too.
    /// </summary>
    public static IReadOnlyDictionary<string, double> Tf32 { get; } =
        new SortedDictionary<string, double>(Half.ToDictionary(), StringComparer.Ordinal) { [BundleLayout.TextEncoder] = 2e-2 };
}
