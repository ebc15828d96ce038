namespace CxrOnnx.Lab.Quantization;

/// <summary>
/// Layers that are kept in float32 together: a residual block, an attention, a feed-forward network, a pair of projections.
/// </summary>
public static class LayerGroup
{
    private const string Blocks = "transformer_blocks";
    private const string Convolution = "conv";

    /// <summary>The group of a layer.</summary>
    /// <param name="layer">Such as <c>unet.down_blocks.0.resnets.0.conv1.conv</c>.</param>
    /// <returns>Such as <c>unet.down_blocks.0.resnets.0</c>.</returns>
    public static string Of(string layer)
    {
        string[] segments = layer.Split('.');
        int blocks = Array.IndexOf(segments, Blocks);

        // transformer_blocks.N.attn1, .attn2 or .ff; anything else is a convolution inside a wrapper inside a block.
        return blocks >= 0
            ? string.Join('.', segments.Take(blocks + 3))
            : string.Join('.', segments.Take(segments.Length - (segments[^1] == Convolution ? 2 : 1)));
    }
}
