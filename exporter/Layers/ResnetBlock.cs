using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>GroupNorm, SiLU, convolution, twice, around a shortcut: the residual block of the U-Net and of the autoencoder.</summary>
internal static class ResnetBlock
{
    /// <summary>Residual block of the U-Net.</summary>
    /// <param name="block">The block.</param>
    /// <param name="x">[B, C, h, w].</param>
    /// <param name="timeEmbedding">SiLU of the time embedding, [B, E].</param>
    /// <param name="groups">Groups of the normalisations.</param>
    public static Value UNet(Module block, Value x, Value timeEmbedding, int groups)
    {
        Value shift = block["time_emb_proj"]
            .Node("Unsqueeze", [Linear.AddToRows(block["time_emb_proj"], timeEmbedding), block.Graph.Integers(2, 3)]);
        return Add(block, x, shift, groups, shortcut: "skip_connection");
    }

    /// <summary>Residual block of the autoencoder.</summary>
    public static Value Vae(Module block, Value x, int groups) => Add(block, x, shift: null, groups, shortcut: "nin_shortcut");

    private static Value Add(Module block, Value x, Value? shift, int groups, string shortcut)
    {
        Value hidden = Activation.Silu(block["norm1"], Normalization.Group(block["norm1"], x, groups));
        hidden = Convolution.Same3x3(block["conv1"], hidden);
        if (shift is { } perChannel)
        {
            hidden = block.Add(hidden, perChannel);
        }

        hidden = Activation.Silu(block["norm2"], Normalization.Group(block["norm2"], hidden, groups));
        hidden = Convolution.Same3x3(block["conv2"], hidden);
        // The shortcut has a convolution where the number of channels changes.
        Value identity = block[shortcut].Has("conv.weight") ? Convolution.Pointwise(block[shortcut], x) : x;
        return block.Add(identity, hidden);
    }
}
