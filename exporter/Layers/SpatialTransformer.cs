using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Transformer blocks over the cells of a feature map.</summary>
internal static class SpatialTransformer
{
    /// <summary>Adds the module.</summary>
    /// <param name="transformer">The module.</param>
    /// <param name="x">[B, C, h, w]; one row per sample with <paramref name="repetition"/>.</param>
    /// <param name="prompt">Keys and values of the prompt.</param>
    /// <param name="channels">C.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="blocks">Number of transformer blocks.</param>
    /// <param name="groups">Groups of the normalisation.</param>
    /// <param name="probabilities">Receives each block's cross-attention probabilities [B, h w, S], in order.</param>
    /// <param name="wanted">Whether the probabilities of block i are an output of the graph.</param>
    /// <param name="repetition">
    /// Where prompts share samples, and this is the first attention: repeats the samples for them; otherwise null.
    /// </param>
    /// <returns>[B, C, h, w].</returns>
    public static FeatureMap Add(
        Module transformer,
        FeatureMap x,
        PromptKeys prompt,
        int channels,
        int heads,
        int blocks,
        int groups,
        List<Value> probabilities,
        Func<int, bool> wanted,
        SampleRepetition? repetition = null
    )
    {
        Value normalized = x.Normalize(transformer["norm"], groups, silu: false);
        Value tokens = transformer.Dialect.ToTokens(transformer, transformer["proj_in"], normalized, channels);
        for (int i = 0; i < blocks; i++)
        {
            Module block = transformer[FormattableString.Invariant($"transformer_blocks.{i}")];
            (tokens, Value maps) = TransformerBlock.Add(block, tokens, prompt, channels, heads, i == 0 ? repetition : null, wanted(i));
            probabilities.Add(maps);
        }

        Value shortcut = repetition is null ? x.Value : repetition.Of(transformer, x.Value);
        return transformer.Dialect.FromTokens(transformer, transformer["proj_out"], tokens, shortcut);
    }
}
