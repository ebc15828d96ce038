namespace CxrOnnx.Exporter.Graph;

/// <summary>The weights that one model part offers to its graphs: names and shapes only; values are read when <c>weights.bin</c> is written.</summary>
/// <param name="Part">Prefix of the stored names: <c>unet</c>, <c>vae</c> or <c>text</c>.</param>
/// <param name="Shapes">State-dict keys and shapes.</param>
internal sealed record PartWeights(string Part, IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes)
{
    /// <summary>Describes how <paramref name="key"/> is stored.</summary>
    public StoredWeight Store(string key, WeightLayout layout)
    {
        IReadOnlyList<long> shape = Shapes[key];
        return layout switch
        {
            WeightLayout.Transposed => new StoredWeight($"{Part}.{key}.T", Part, key, layout, [shape[1], shape[0]]),
            WeightLayout.PerChannel => new StoredWeight($"{Part}.{key}", Part, key, layout, [shape[0], 1, 1]),
            _ => new StoredWeight($"{Part}.{key}", Part, key, layout, shape),
        };
    }
}
