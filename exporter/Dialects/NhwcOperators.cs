using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>The operators of the CUDA dialect that exist fused, and as the standard operators that they stand for.</summary>
internal abstract class NhwcOperators
{
    /// <summary>A convolution.</summary>
    /// <param name="conv">Names the nodes.</param>
    /// <param name="x">[B, H, W, C].</param>
    /// <param name="weight">[M, kH, kW, C].</param>
    /// <param name="bias">[M], or none.</param>
    /// <param name="form">Its geometry.</param>
    public abstract Value Convolution(Module conv, Value x, Value weight, Value? bias, ConvolutionForm form);

    /// <summary>Group normalisation.</summary>
    /// <param name="normalization">Holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="x">[B, H, W, C].</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="silu">Whether x * sigmoid(x) follows.</param>
    public abstract Value Group(Module normalization, Value x, int groups, bool silu);

    /// <summary>Group normalisation of a sum.</summary>
    /// <param name="normalization">Holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="x">[B, H, W, C].</param>
    /// <param name="addend">[B, H, W, C] or [B, C].</param>
    /// <param name="bias">Also added, [C], or none.</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="silu">Whether x * sigmoid(x) follows.</param>
    /// <param name="wantsSum">Whether the sum is needed; then <paramref name="addend"/> is [B, H, W, C].</param>
    public abstract (Value Y, Value? Sum) GroupOfSum(
        Module normalization,
        Value x,
        Value addend,
        Value? bias,
        int groups,
        bool silu,
        bool wantsSum
    );

    /// <summary>scale q k^T.</summary>
    public abstract Value Scores(Module module, Value queries, Value keys, float scale);

    /// <summary>GELU by the error function.</summary>
    public abstract Value Gelu(Module module, Value x);
}
