namespace CxrOnnx.Exporter.Graph;

/// <summary>One tensor of <c>weights.bin</c>, and the state-dict tensor it comes from.</summary>
/// <param name="Name">Initializer name in the graphs and tensor name in <c>weights.bin</c>: <c>part.key</c>, with <c>.T</c> where transposed.</param>
/// <param name="Part">Model part: <c>unet</c>, <c>vae</c> or <c>text</c>.</param>
/// <param name="Key">State-dict key in that part.</param>
/// <param name="Layout">How the bytes are arranged.</param>
/// <param name="Shape">Shape as stored.</param>
internal sealed record StoredWeight(string Name, string Part, string Key, WeightLayout Layout, IReadOnlyList<long> Shape)
{
    /// <summary>Bytes in <c>weights.bin</c> (float32).</summary>
    public long ByteCount => Shape.Aggregate(4L, (product, dimension) => checked(product * dimension));
}
