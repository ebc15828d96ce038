using System.Text.Json.Serialization;

namespace CxrOnnx.Lab.Attention;

/// <summary>What was measured of a group of tokens in a layer, means over all phrases that have such tokens.</summary>
/// <param name="Layer">The cross-attention layer from 0, or <c>all</c> for the mean of all layers' maps.</param>
/// <param name="Group">
/// <c>bos</c>, <c>own</c>, <c>eos</c> or <c>padding</c>; <c>merged</c>: the map of Bimodal Bias Merging, with the share of <c>own</c>.
/// </param>
/// <param name="Phrases">How many phrases have such tokens.</param>
/// <param name="Share">Share of all attention, 0 to 1.</param>
/// <param name="Cnr">Contrast-to-noise ratio of the group's heatmap, without Otsu's mask.</param>
/// <param name="MIoU">Mean intersection over union, as a fraction.</param>
/// <param name="Auroc">Area under the ROC curve.</param>
public sealed record AttentionRow(
    string Layer,
    string Group,
    int Phrases,
    double Share,
    double Cnr,
    [property: JsonPropertyName("miou")] double MIoU,
    double Auroc
);
