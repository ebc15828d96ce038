using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>GroupNorm, SiLU, convolution, twice, around a shortcut: the residual block of the U-Net and of the autoencoder.</summary>
internal static class ResnetBlock
{
    /// <summary>Residual block of the U-Net.</summary>
    /// <param name="block">The block.</param>
    /// <param name="x">[B, C, h, w].</param>
    /// <param name="shifts">What the time step adds.</param>
    /// <param name="groups">Groups of the normalisations.</param>
    public static FeatureMap UNet(Module block, FeatureMap x, TimeShifts shifts, int groups) =>
        Add(block, x, shifts.Of(block), groups, shortcut: "skip_connection");

    /// <summary>Residual block of the autoencoder.</summary>
    public static FeatureMap Vae(Module block, FeatureMap x, int groups) => Add(block, x, shift: null, groups, shortcut: "nin_shortcut");

    private static FeatureMap Add(Module block, FeatureMap x, Value? shift, int groups, string shortcut)
    {
        Dialect dialect = block.Dialect;
        Value hidden = x.Normalize(block["norm1"], groups, silu: true);
        FeatureMap shifted = dialect.ShiftedConvolution(block, block["conv1"], hidden, shift);
        hidden = shifted.Normalize(block["norm2"], groups, silu: true);
        // The shortcut has a convolution where the number of channels changes.
        return dialect.Residual(
            block,
            block["conv2"],
            hidden,
            () => block[shortcut].Has("conv.weight") ? Convolution.Pointwise(block[shortcut], x.Value) : x.Value
        );
    }
}
