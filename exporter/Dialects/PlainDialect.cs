using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>
/// Standard operators, float32, [B, C, H, W]: what any ONNX runtime can run on any provider, with layers in 8 bits where a plan says so.
/// </summary>
internal sealed class PlainDialect : Dialect
{
    private PlainDialect() { }

    /// <summary>The dialect.</summary>
    public static PlainDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override int ChannelAxis => 1;

    /// <inheritdoc/>
    public override string DataType => "float32";

    /// <inheritdoc/>
    public override bool ShiftsHoldBias => false;

    /// <inheritdoc/>
    public override Value Weight(Module module, string name, WeightLayout layout = WeightLayout.AsIs) => module.Weight(name, layout);

    /// <inheritdoc/>
    public override Value Enter(Module module, Value x) => x;

    /// <inheritdoc/>
    public override Value Leave(Module module, Value x) => x;

    /// <inheritdoc/>
    public override Value ToFloat32(Module module, Value x) => x;

    /// <inheritdoc/>
    public override Value FromFloat32(Module module, Value x) => x;

    /// <inheritdoc/>
    public override FeatureMap Map(Value x) => new ReadyMap(x, Group);

    /// <inheritdoc/>
    public override Value Convolution(Module module, Value x, ConvolutionForm form)
    {
        Module conv = module["conv"];
        AttributeProto[] attributes = NodeAttribute.Convolution(form);
        if (conv.Ranges is { } ranges)
        {
            return Quantized.Convolution(conv, x, ranges, attributes);
        }

        Value y = conv.Node("Conv", [x, conv.Weight("weight"), conv.Weight("bias")], attributes);
        Quantized.Observe(conv, x, y, rank: 4);
        return y;
    }

    /// <inheritdoc/>
    public override FeatureMap ShiftedConvolution(Module block, Module module, Value x, Value? shift)
    {
        Value hidden = Convolution(module, x, ConvolutionForm.Same3x3);
        return Map(shift is { } perChannel ? block.Add(hidden, perChannel) : hidden);
    }

    /// <inheritdoc/>
    public override FeatureMap Residual(Module block, Module module, Value x, Func<Value> shortcut)
    {
        Value hidden = Convolution(module, x, ConvolutionForm.Same3x3);
        return Map(block.Add(shortcut(), hidden));
    }

    /// <inheritdoc/>
    public override Value ToTokens(Module transformer, Module module, Value x, int channels)
    {
        Value projected = Convolution(module, x, ConvolutionForm.Pointwise);
        return transformer.Transpose(transformer.Reshape(projected, 0, channels, -1), 0, 2, 1);
    }

    /// <inheritdoc/>
    public override FeatureMap FromTokens(Module transformer, Module module, Value tokens, Value x)
    {
        Value restored = transformer.Node("Reshape", [transformer.Transpose(tokens, 0, 2, 1), transformer.Node("Shape", [x])]);
        return Map(transformer.Add(Convolution(module, restored, ConvolutionForm.Pointwise), x));
    }

    /// <inheritdoc/>
    public override Value Enlarge(Module module, Value x) => Resampling.Nearest(module, x, "const/resize_2x", 1f, 1f, 2f, 2f);

    /// <inheritdoc/>
    public override Value Keys(Module module, Value keys, bool severalHeads) =>
        // One head needs no head dimension, and then no copies: ONNX Runtime folds the transpose and the scale into the product.
        severalHeads ? module.Transpose(keys, 0, 2, 3, 1) : module.Transpose(keys, 0, 2, 1);

    /// <inheritdoc/>
    public override Value Scores(Module module, Value queries, Value keys, float scale) =>
        module.Multiply(module.MatMul(queries, keys), module.Graph.Scalar(scale));

    /// <inheritdoc/>
    public override (Value ForValues, Value Given) Softmax(Module module, Value scores, bool wanted)
    {
        Value probabilities = module.Node("Softmax", [scores], NodeAttribute.Int("axis", -1));
        return (probabilities, probabilities);
    }

    /// <inheritdoc/>
    public override Value Gelu(Module module, Value x) => Activation.Gelu(module, x);

    private static Value Group(Module normalization, Value x, int groups, bool silu)
    {
        Value normalized = Normalization.Group(normalization, x, groups);
        return silu ? Activation.Silu(normalization, normalized) : normalized;
    }
}
