using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>
/// Graphs for ONNX Runtime on CUDA: [B, H, W, C] throughout, half precision, and the fused operators that only ONNX Runtime has. Statistics
/// of the normalisations, wanted probabilities and whatever a graph gives out are float32. Tokens of a transformer are the cells of the map
/// as they lie, so nothing is transposed between the border of the graph and its layers, unless an attention has several heads.
/// </summary>
/// <param name="half">Whether it computes in half precision; float32 otherwise, for tests.</param>
/// <param name="fused">Whether the fused operators are used; standard ones in their place otherwise, for tests on the CPU.</param>
internal sealed class CudaDialect(bool half = true, bool fused = true) : Dialect
{
    private readonly WeightEncoding _encoding = half ? WeightEncoding.Float16 : WeightEncoding.Float32;
    private readonly NhwcOperators _operators = fused ? new FusedOperators() : new ExpandedOperators(half);

    /// <inheritdoc/>
    public override int ChannelAxis => 3;

    /// <inheritdoc/>
    public override string DataType => half ? "float16" : "float32";

    /// <inheritdoc/>
    public override bool ShiftsHoldBias => true;

    /// <inheritdoc/>
    public override Value Weight(Module module, string name, WeightLayout layout = WeightLayout.AsIs) =>
        module.Weight(name, layout, _encoding);

    /// <inheritdoc/>
    public override Value Enter(Module module, Value x) => FromFloat32(module, module.Transpose(x, 0, 2, 3, 1));

    /// <inheritdoc/>
    public override Value Leave(Module module, Value x) => module.Transpose(ToFloat32(module, x), 0, 3, 1, 2);

    /// <inheritdoc/>
    public override Value ToFloat32(Module module, Value x) => half ? module.Cast(x, TensorProto.Types.DataType.Float) : x;

    /// <inheritdoc/>
    public override Value FromFloat32(Module module, Value x) => half ? module.Cast(x, TensorProto.Types.DataType.Float16) : x;

    /// <inheritdoc/>
    public override FeatureMap Map(Value x) => new ReadyMap(x, Group);

    /// <inheritdoc/>
    public override Value Convolution(Module module, Value x, ConvolutionForm form) => Convolution(module, x, form, bias: true);

    /// <inheritdoc/>
    public override FeatureMap ShiftedConvolution(Module block, Module module, Value x, Value? shift)
    {
        if (shift is not { } perChannel)
        {
            return Map(Convolution(module, x, ConvolutionForm.Same3x3));
        }

        // The shift has the convolution's bias in it.
        Value hidden = Convolution(module, x, ConvolutionForm.Same3x3, bias: false);
        return new PendingSum(
            this,
            () => block.Add(hidden, block.Node("Unsqueeze", [perChannel, block.Graph.Integers(1, 2)])),
            (normalization, groups, silu) => (GroupOfSum(normalization, hidden, perChannel, null, groups, silu, wantsSum: false).Y, null)
        );
    }

    /// <inheritdoc/>
    public override FeatureMap Residual(Module block, Module module, Value x, Func<Value> shortcut)
    {
        Value identity = shortcut();
        return new PendingSum(
            this,
            () => block.Add(identity, Convolution(module, x, ConvolutionForm.Same3x3)),
            (normalization, groups, silu) =>
                GroupOfSum(
                    normalization,
                    Convolution(module, x, ConvolutionForm.Same3x3, bias: false),
                    identity,
                    module["conv"],
                    groups,
                    silu,
                    wantsSum: true
                )
        );
    }

    /// <inheritdoc/>
    public override Value ToTokens(Module transformer, Module module, Value x, int channels) =>
        transformer.Reshape(Convolution(module, x, ConvolutionForm.Pointwise), 0, -1, channels);

    /// <inheritdoc/>
    public override FeatureMap FromTokens(Module transformer, Module module, Value tokens, Value x)
    {
        Value restored = transformer.Node("Reshape", [tokens, transformer.Node("Shape", [x])]);
        return new PendingSum(
            this,
            () => transformer.Add(Convolution(module, restored, ConvolutionForm.Pointwise), x),
            (normalization, groups, silu) =>
                GroupOfSum(
                    normalization,
                    Convolution(module, restored, ConvolutionForm.Pointwise, bias: false),
                    x,
                    module["conv"],
                    groups,
                    silu,
                    wantsSum: true
                )
        );
    }

    /// <inheritdoc/>
    public override Value Enlarge(Module module, Value x) => Resampling.Nearest(module, x, "const/resize_2x_nhwc", 1f, 2f, 2f, 1f);

    /// <inheritdoc/>
    public override Value Keys(Module module, Value keys, bool severalHeads) => severalHeads ? module.Transpose(keys, 0, 2, 1, 3) : keys;

    /// <inheritdoc/>
    public override Value Scores(Module module, Value queries, Value keys, float scale) => _operators.Scores(module, queries, keys, scale);

    /// <inheritdoc/>
    public override (Value ForValues, Value Given) Softmax(Module module, Value scores, bool wanted)
    {
        Value Soft(Value x) => module.Node("Softmax", [x], NodeAttribute.Int("axis", -1));
        if (!wanted)
        {
            Value probabilities = Soft(scores);
            return (probabilities, probabilities);
        }

        Value exact = Soft(ToFloat32(module, scores));
        return (FromFloat32(module, exact), exact);
    }

    /// <inheritdoc/>
    public override Value Gelu(Module module, Value x) => _operators.Gelu(module, x);

    internal Value Group(Module normalization, Value x, int groups, bool silu) =>
        Operators(normalization, groups).Group(normalization, x, groups, silu);

    private (Value Y, Value? Sum) GroupOfSum(
        Module normalization,
        Value x,
        Value addend,
        Module? bias,
        int groups,
        bool silu,
        bool wantsSum
    ) =>
        Operators(normalization, groups)
            .GroupOfSum(normalization, x, addend, bias is null ? null : Weight(bias, "bias"), groups, silu, wantsSum);

    /// <summary>The operators that can do a normalisation: the fused one not for every number of channels.</summary>
    private NhwcOperators Operators(Module normalization, int groups) =>
        _operators is FusedOperators && !FusedOperators.CanNormalize(normalization.ShapeOf("weight")[0], groups)
            ? new ExpandedOperators(half)
            : _operators;

    /// <summary>A 1x1 convolution is a matrix product: the channels lie side by side.</summary>
    private Value Convolution(Module module, Value x, ConvolutionForm form, bool bias)
    {
        Module conv = module["conv"];
        if (form != ConvolutionForm.Pointwise)
        {
            return _operators.Convolution(
                conv,
                x,
                Weight(conv, "weight", WeightLayout.ChannelsLast),
                bias ? Weight(conv, "bias") : null,
                form
            );
        }

        Value y = conv.MatMul(x, Weight(conv, "weight", WeightLayout.Transposed));
        return bias ? conv.Add(y, Weight(conv, "bias")) : y;
    }
}
