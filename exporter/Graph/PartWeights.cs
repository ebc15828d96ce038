using CxrOnnx.Exporter.Quantization;

namespace CxrOnnx.Exporter.Graph;

/// <summary>
/// The weights that one model part offers to its graphs: names and shapes only; values are read when <c>weights.safetensors</c> is written.
/// </summary>
/// <param name="Part">Prefix of the stored names: <c>unet</c>, <c>vae</c> or <c>text</c>.</param>
/// <param name="Shapes">State-dict keys and shapes.</param>
internal sealed record PartWeights(string Part, IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes)
{
    /// <summary>How weights are stored that no layer of <see cref="Plan"/> owns: float32 or float16.</summary>
    public WeightEncoding Encoding { get; init; } = WeightEncoding.Float32;

    /// <summary>The layers that are computed in 8 bits; null: none.</summary>
    public QuantizationPlan? Plan { get; init; }

    /// <summary>
    /// Receives every layer that could be computed in 8 bits, whose activations then become outputs of the graph; null: nobody wants to
    /// know.
    /// </summary>
    public List<ObservedLayer>? Observed { get; init; }

    /// <summary>Describes how <paramref name="key"/> is stored.</summary>
    public StoredWeight Store(string key, WeightLayout layout) => Describe(key, layout) with { Encoding = Encoding };

    /// <summary>
    /// Describes how <paramref name="key"/> is stored in one of several element types; the name says which, because a graph may use both.
    /// </summary>
    public StoredWeight Store(string key, WeightLayout layout, WeightEncoding encoding)
    {
        StoredWeight weight = Describe(key, layout) with { Encoding = encoding };
        return encoding == WeightEncoding.Float16 ? weight with { Name = $"{weight.Name}.f16" } : weight;
    }

    /// <summary>Describes one of the integer forms of <paramref name="key"/>, or its scales.</summary>
    public StoredWeight Store(string key, WeightLayout layout, WeightEncoding encoding, QuantizedLayer layer)
    {
        StoredWeight weight = Describe(key, layout);
        return encoding.IsParameter()
            ? weight with
            {
                Name = $"{weight.Name}.q",
                Encoding = encoding,
                Layer = layer,
            }
            : weight with
            {
                Name = $"{weight.Name}.scale",
                Shape = [Shapes[key][0]],
                Layout = WeightLayout.AsIs,
                Encoding = encoding,
                Layer = layer,
            };
    }

    private StoredWeight Describe(string key, WeightLayout layout)
    {
        IReadOnlyList<long> shape = Shapes[key];
        return layout switch
        {
            WeightLayout.Transposed => new StoredWeight($"{Part}.{key}.T", Part, key, layout, [shape[1], shape[0]]),
            WeightLayout.ChannelsLast => new StoredWeight(
                $"{Part}.{key}.nhwc",
                Part,
                key,
                layout,
                [shape[0], shape[2], shape[3], shape[1]]
            ),
            WeightLayout.PerChannel => new StoredWeight($"{Part}.{key}", Part, key, layout, [shape[0], 1, 1]),
            _ => new StoredWeight($"{Part}.{key}", Part, key, layout, shape),
        };
    }
}
