using CxrOnnx.Core.Artifacts;
using CxrOnnx.Exporter.Quantization;

namespace CxrOnnx.Exporter.Graph;

/// <summary>One tensor of <c>weights.safetensors</c>, and the state-dict tensor it comes from.</summary>
/// <param name="Name">
/// Initializer name in the graphs and tensor name in <c>weights.safetensors</c>: <c>part.key</c>, with <c>.T</c> where transposed, then
/// <c>.q</c> where quantised and <c>.scale</c> for the scales.
/// </param>
/// <param name="Part">Model part: <c>unet</c>, <c>vae</c> or <c>text</c>.</param>
/// <param name="Key">State-dict key in that part.</param>
/// <param name="Layout">How the elements are arranged.</param>
/// <param name="Shape">Shape as stored.</param>
internal sealed record StoredWeight(string Name, string Part, string Key, WeightLayout Layout, IReadOnlyList<long> Shape)
{
    /// <summary>How the elements are written.</summary>
    public WeightEncoding Encoding { get; init; } = WeightEncoding.Float32;

    /// <summary>The layer that the integer encodings belong to; null for the others.</summary>
    public QuantizedLayer? Layer { get; init; }

    /// <summary>Element type, name and shape in <c>weights.safetensors</c>.</summary>
    public TensorInfo Info => new(Name, Encoding.DataType(), Shape);

    /// <summary>Bytes in <c>weights.safetensors</c>.</summary>
    public long ByteCount => Info.ByteCount;
}
