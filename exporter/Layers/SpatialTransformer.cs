using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Transformer blocks over the cells of a feature map.</summary>
internal static class SpatialTransformer
{
    /// <summary>Adds the module.</summary>
    /// <param name="transformer">The module.</param>
    /// <param name="x">[B, C, h, w]; one row per sample with <paramref name="repetition"/>.</param>
    /// <param name="context">Text states, [B, S, W].</param>
    /// <param name="channels">C.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="blocks">Number of transformer blocks.</param>
    /// <param name="groups">Groups of the normalisation.</param>
    /// <param name="probabilities">Receives each block's cross-attention probabilities [B, h w, S], in order.</param>
    /// <param name="repetition">
    /// Where prompts share samples, and this is the first attention: repeats the samples for them; otherwise null.
    /// </param>
    /// <returns>[B, C, h, w].</returns>
    public static Value Add(
        Module transformer,
        Value x,
        Value context,
        int channels,
        int heads,
        int blocks,
        int groups,
        List<Value> probabilities,
        SampleRepetition? repetition = null
    )
    {
        Value projected = Convolution.Pointwise(transformer["proj_in"], Normalization.Group(transformer["norm"], x, groups));
        Value tokens = transformer.Transpose(transformer.Reshape(projected, 0, channels, -1), 0, 2, 1);
        for (int i = 0; i < blocks; i++)
        {
            Module block = transformer[FormattableString.Invariant($"transformer_blocks.{i}")];
            (tokens, Value maps) = TransformerBlock.Add(block, tokens, context, channels, heads, i == 0 ? repetition : null);
            probabilities.Add(maps);
        }

        if (repetition is not null)
        {
            x = repetition.Of(transformer, x);
        }

        Value restored = transformer.Node("Reshape", [transformer.Transpose(tokens, 0, 2, 1), transformer.Node("Shape", [x])]);
        return transformer.Add(Convolution.Pointwise(transformer["proj_out"], restored), x);
    }
}
