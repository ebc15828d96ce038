using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>ONNX Runtime's own operators, which it has for CUDA.</summary>
internal sealed class FusedOperators : NhwcOperators
{
    private const int MostChannelsOfAGroup = 512;

    /// <summary>
    /// Whether the fused normalisation takes so many channels: a thread of it computes two channels of one group, and a block of threads
    /// whole groups.
    /// </summary>
    public static bool CanNormalize(long channels, int groups) =>
        channels % groups == 0 && channels / groups is > 0 and <= MostChannelsOfAGroup and var each && each % 2 == 0;

    /// <inheritdoc/>
    public override Value Convolution(Module conv, Value x, Value weight, Value? bias, ConvolutionForm form) =>
        conv.Contrib("NhwcConv", bias is { } b ? [x, weight, b] : [x, weight], NodeAttribute.Convolution(form));

    /// <inheritdoc/>
    public override Value Group(Module normalization, Value x, int groups, bool silu) =>
        normalization.Contrib(
            "GroupNorm",
            [x, Statistic(normalization, "weight"), Statistic(normalization, "bias")],
            Attributes(groups, silu)
        );

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
        Value weight = Statistic(normalization, "weight");
        Value offset = Statistic(normalization, "bias");
        Value[] outputs = normalization.ContribNodes(
            "SkipGroupNorm",
            wantsSum ? 2 : 1,
            bias is { } b ? [x, weight, offset, addend, b] : [x, weight, offset, addend],
            Attributes(groups, silu)
        );
        return (outputs[0], wantsSum ? outputs[1] : null);
    }

    /// <inheritdoc/>
    public override Value Scores(Module module, Value queries, Value keys, float scale) =>
        module.Contrib("FusedMatMul", [queries, keys], NodeAttribute.Float("alpha", scale), NodeAttribute.Int("transB", 1));

    /// <inheritdoc/>
    public override Value Gelu(Module module, Value x) => module.Contrib("Gelu", [x]);

    /// <summary>Scale and offset are float32 whatever the maps are.</summary>
    private static Value Statistic(Module normalization, string name) =>
        normalization.Weight(name, WeightLayout.AsIs, WeightEncoding.Float32);

    private static AttributeProto[] Attributes(int groups, bool silu) =>
        [
            NodeAttribute.Int("activation", silu ? 1 : 0),
            NodeAttribute.Int("channels_last", 1),
            NodeAttribute.Float("epsilon", Normalization.GroupEpsilon),
            NodeAttribute.Int("groups", groups),
        ];
}
