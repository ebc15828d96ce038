using System.Globalization;
using System.Text;

namespace CxrOnnx.Exporter.Quantization;

/// <summary>
/// Which layers of the U-Net are computed in 8 bits, with the ranges of their activations. The weights' scales follow from the weights.
/// </summary>
public sealed record QuantizationPlan
{
    /// <summary>
    /// Ranges by layer: <c>unet.</c> and the module path, such as <c>unet.down_blocks.0.resnets.0.conv1.conv</c>. Other layers stay
    /// float32.
    /// </summary>
    public required IReadOnlyDictionary<string, LayerRanges> Layers { get; init; }

    /// <summary>Entries for the manifest's provenance: how the ranges came about, and which layers stayed float32 and why.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();

    /// <summary>The plan with only the layers of which <paramref name="keep"/> says so.</summary>
    public QuantizationPlan Where(Func<string, bool> keep) =>
        this with
        {
            Layers = Layers.Where(layer => keep(layer.Key)).ToDictionary(layer => layer.Key, layer => layer.Value),
        };

    /// <summary>SHA-256 over layers and ranges, lower-case hexadecimal.</summary>
    internal string Sha256() =>
        Core.Artifacts.Sha256.OfBytes(
            Encoding.UTF8.GetBytes(
                string.Join(
                    '\n',
                    Layers
                        .OrderBy(layer => layer.Key, StringComparer.Ordinal)
                        .Select(layer =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{layer.Key} {layer.Value.Input.Least:R} {layer.Value.Input.Greatest:R} {layer.Value.Output.Least:R} "
                                    + $"{layer.Value.Output.Greatest:R}"
                            )
                        )
                )
            )
        );
}
