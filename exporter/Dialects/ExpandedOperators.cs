using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>
/// What the fused operators compute, in standard operators that every provider has: for tests of the structure on the CPU, and for
/// normalisations that the fused one cannot do.
/// </summary>
/// <param name="half">Whether maps are half precision.</param>
internal sealed class ExpandedOperators(bool half) : NhwcOperators
{
    /// <inheritdoc/>
    public override Value Convolution(Module conv, Value x, Value weight, Value? bias, ConvolutionForm form)
    {
        Value channelsFirst = conv.Transpose(x, 0, 3, 1, 2);
        Value kernels = conv.Transpose(weight, 0, 3, 1, 2);
        Value y = conv.Node(
            "Conv",
            bias is { } b ? [channelsFirst, kernels, b] : [channelsFirst, kernels],
            NodeAttribute.Convolution(form)
        );
        return conv.Transpose(y, 0, 2, 3, 1);
    }

    /// <inheritdoc/>
    public override Value Group(Module normalization, Value x, int groups, bool silu)
    {
        long channels = normalization.ShapeOf("weight")[0];
        Value wide = half ? normalization.Cast(x, TensorProto.Types.DataType.Float) : x;
        Value grouped = normalization.Reshape(wide, 0, -1, groups, channels / groups);
        Value centered = normalization.Node("Sub", [grouped, Mean(normalization, grouped)]);
        Value variance = normalization.Add(
            Mean(normalization, normalization.Multiply(centered, centered)),
            normalization.Graph.Scalar(Normalization.GroupEpsilon)
        );
        Value normalized = normalization.Node("Div", [centered, normalization.Node("Sqrt", [variance])]);
        Value restored = normalization.Node("Reshape", [normalized, normalization.Node("Shape", [x])]);
        Value y = normalization.Add(
            normalization.Multiply(restored, normalization.Weight("weight", WeightLayout.AsIs, WeightEncoding.Float32)),
            normalization.Weight("bias", WeightLayout.AsIs, WeightEncoding.Float32)
        );
        y = silu ? Activation.Silu(normalization, y) : y;
        return half ? normalization.Cast(y, TensorProto.Types.DataType.Float16) : y;
    }

    /// <inheritdoc/>
    public override (Value Y, Value? Sum) GroupOfSum(
        Module normalization,
        Value x,
        Value addend,
        Value? bias,
        int groups,
        bool silu,
        bool wantsSum
    )
    {
        Value wide = wantsSum ? addend : normalization.Node("Unsqueeze", [addend, normalization.Graph.Integers(1, 2)]);
        Value sum = normalization.Add(bias is { } b ? normalization.Add(x, b) : x, wide);
        return (Group(normalization, sum, groups, silu), wantsSum ? sum : null);
    }

    /// <inheritdoc/>
    public override Value Scores(Module module, Value queries, Value keys, float scale)
    {
        // The last two dimensions; the rank decides which numbers they have, and only several heads have four.
        Value product = module.Node("Einsum", [queries, keys], NodeAttribute.String("equation", "...qd,...sd->...qs"));
        return module.Multiply(product, half ? module.Graph.HalfScalar(scale) : module.Graph.Scalar(scale));
    }

    /// <inheritdoc/>
    public override Value Gelu(Module module, Value x)
    {
        if (!half)
        {
            return Activation.Gelu(module, x);
        }

        Value wide = module.Cast(x, TensorProto.Types.DataType.Float);
        return module.Cast(Activation.Gelu(module, wide), TensorProto.Types.DataType.Float16);
    }

    private static Value Mean(Module normalization, Value x) =>
        normalization.Node("ReduceMean", [x], NodeAttribute.Ints("axes", 1, 3), NodeAttribute.Int("keepdims", 1));
}
