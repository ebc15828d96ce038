using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Onnx;
using CxrOnnx.Exporter.Quantization;

namespace CxrOnnx.Exporter.Layers;

/// <summary>
/// Layers in 8 bits, written as ONNX Runtime fuses them: quantise and dequantise around the float operator. It makes one integer kernel of
/// each such group (<c>QLinearConv</c>; <c>MatMulIntegerToFloat</c> for a product).
/// </summary>
internal static class Quantized
{
    // Fewer channels on a side are not worth the two conversions.
    private const int SmallestSide = 8;

    /// <summary>A convolution of unsigned 8-bit activations with signed 8-bit weights; its output is 8 bits too.</summary>
    /// <param name="conv">The module that holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="x">[B, C, H, W], float32.</param>
    /// <param name="ranges">Ranges of its activations.</param>
    /// <param name="attributes">Those of Conv.</param>
    public static Value Convolution(Module conv, Value x, LayerRanges ranges, params ReadOnlySpan<AttributeProto> attributes)
    {
        QuantizedLayer layer = new(conv.Key("weight"), conv.Key("bias"), ranges.Input.Scale);
        Value bias = conv.Node(
            "DequantizeLinear",
            [
                conv.Weight("bias", WeightLayout.AsIs, WeightEncoding.Int32, layer),
                conv.Weight("bias", WeightLayout.AsIs, WeightEncoding.Int32Scale, layer),
                conv.Graph.Zeros(TensorProto.Types.DataType.Int32, conv.ShapeOf("bias")[0]),
            ],
            NodeAttribute.Int("axis", 0)
        );
        Value y = conv.Node("Conv", [Activation(conv, x, ranges.Input), Weight(conv, WeightLayout.AsIs, 0, layer), bias], attributes);
        return Activation(conv, y, ranges.Output);
    }

    /// <summary>A matrix product of unsigned 8-bit activations with signed 8-bit weights; its output is float32.</summary>
    /// <param name="linear">The module that holds <c>weight</c>.</param>
    /// <param name="x">[B, T, in], float32.</param>
    /// <param name="ranges">Ranges of its activations.</param>
    public static Value Product(Module linear, Value x, LayerRanges ranges)
    {
        QuantizedLayer layer = new(linear.Key("weight"), null, ranges.Input.Scale);
        return linear.MatMul(Activation(linear, x, ranges.Input), Weight(linear, WeightLayout.Transposed, 1, layer));
    }

    /// <summary>Makes a layer's activations outputs of the graph, if somebody wants to know and the layer is worth 8 bits.</summary>
    /// <param name="layer">The module that holds <c>weight</c>.</param>
    /// <param name="x">Its input.</param>
    /// <param name="y">Its output.</param>
    /// <param name="rank">Dimensions of both.</param>
    public static void Observe(Module layer, Value x, Value y, int rank)
    {
        if (layer.Observed is not { } observed || layer.ShapeOf("weight")[0] < SmallestSide || layer.ShapeOf("weight")[1] < SmallestSide)
        {
            return;
        }

        ObservedLayer names = new(layer.LayerName, $"{layer.LayerName}.input", $"{layer.LayerName}.output");
        observed.Add(names);
        Output(layer, names.Input, x, rank);
        Output(layer, names.Output, y, rank);
    }

    // A graph input cannot be an output, and a value only one of them.
    private static void Output(Module layer, string name, Value value, int rank) =>
        layer.Graph.Output(
            name,
            layer.Node("Identity", [value]),
            [.. Enumerable.Range(0, rank).Select(i => FormattableString.Invariant($"{name}_{i}"))]
        );

    private static Value Activation(Module module, Value x, ActivationRange range)
    {
        Value scale = module.Graph.Scalar(range.Scale);
        Value zero = module.Graph.Constant(FormattableString.Invariant($"const/uint8_{range.ZeroPoint}"), new[] { range.ZeroPoint });
        return module.Node("DequantizeLinear", [module.Node("QuantizeLinear", [x, scale, zero]), scale, zero]);
    }

    private static Value Weight(Module module, WeightLayout layout, int channelAxis, QuantizedLayer layer) =>
        module.Node(
            "DequantizeLinear",
            [
                module.Weight("weight", layout, WeightEncoding.Int8, layer),
                module.Weight("weight", layout, WeightEncoding.Int8Scale, layer),
                module.Graph.Zeros(TensorProto.Types.DataType.Int8, module.ShapeOf("weight")[0]),
            ],
            NodeAttribute.Int("axis", channelAxis)
        );
}
