using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Transformer blocks over the cells of a feature map.</summary>
internal static class SpatialTransformer
{
    /// <summary>Adds the module.</summary>
    /// <param name="transformer">The module.</param>
    /// <param name="x">[B, C, h, w].</param>
    /// <param name="context">Text states, [B, S, W].</param>
    /// <param name="channels">C.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="blocks">Number of transformer blocks.</param>
    /// <param name="groups">Groups of the normalisation.</param>
    /// <param name="probabilities">Receives each block's cross-attention probabilities [B, h w, S], in order.</param>
    public static Value Add(
        Module transformer, Value x, Value context, int channels, int heads, int blocks, int groups, List<Value> probabilities)
    {
        Value projected = Convolution.Pointwise(
            transformer["proj_in"], Normalization.Group(transformer["norm"], x, groups));
        Value tokens = transformer.Transpose(transformer.Reshape(projected, 0, channels, -1), 0, 2, 1);
        for (int i = 0; i < blocks; i++)
        {
            Module block = transformer[FormattableString.Invariant($"transformer_blocks.{i}")];
            (tokens, Value maps) = TransformerBlock.Add(block, tokens, context, channels, heads);
            probabilities.Add(maps);
        }

        Value restored = transformer.Node(
            "Reshape", [transformer.Transpose(tokens, 0, 2, 1), transformer.Node("Shape", [x])]);
        return transformer.Add(Convolution.Pointwise(transformer["proj_out"], restored), x);
    }
}
