using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>
/// Self-attention, cross-attention with the prompt and a gated feed-forward network, each after a layer norm and around a shortcut.
/// </summary>
internal static class TransformerBlock
{
    /// <summary>Adds the block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="x">[B, Q, C]; one row per sample with <paramref name="repetition"/>.</param>
    /// <param name="prompt">Keys and values of the prompt.</param>
    /// <param name="channels">C.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="repetition">
    /// Where prompts share samples, and this is their first attention: repeats the samples for them; otherwise null.
    /// </param>
    /// <param name="wanted">Whether the cross-attention's probabilities are an output of the graph.</param>
    /// <returns>The block's output [B, Q, C] and the cross-attention probabilities [B, Q, S], mean over the heads.</returns>
    public static (Value Output, Value Probabilities) Add(
        Module block,
        Value x,
        PromptKeys prompt,
        int channels,
        int heads,
        SampleRepetition? repetition,
        bool wanted
    )
    {
        Value normalized = Normalization.Layer(block["norm1"], x);
        x = block.Add(Attend(block["attn1"], normalized, new ProjectedContext(normalized), channels, heads, null, false).Attended, x);
        (Value attended, Value probabilities) = Attend(
            block["attn2"],
            Normalization.Layer(block["norm2"], x),
            prompt,
            channels,
            heads,
            repetition,
            wanted
        );
        if (repetition is not null)
        {
            x = repetition.Of(block, x);
        }

        x = block.Add(attended, x);
        return (block.Add(FeedForward(block["ff"], Normalization.Layer(block["norm3"], x), channels), x), probabilities);
    }

    private static (Value Attended, Value Probabilities) Attend(
        Module attention,
        Value x,
        PromptKeys source,
        int channels,
        int heads,
        SampleRepetition? repetition,
        bool wanted
    )
    {
        Value query = Linear.Add(attention["to_q"], x);
        query = repetition is null ? query : repetition.Of(attention, query);
        (Value keys, Value values) = source.Of(attention);
        (Value attended, Value probabilities) = Attention.Add(attention, query, keys, values, heads, channels / heads, wanted: wanted);
        return (Linear.Add(attention["to_out.0"], attended), probabilities);
    }

    // GEGLU: the first half of linear1's output, times the GELU of its second half.
    private static Value FeedForward(Module feedForward, Value x, int channels)
    {
        const int Expansion = 4;
        long half = (long)channels * Expansion;
        Value[] halves = feedForward.Nodes(
            "Split",
            2,
            [Linear.Add(feedForward["linear1"], x), feedForward.Graph.Integers(half, half)],
            NodeAttribute.Int("axis", -1)
        );
        Value gated = feedForward.Multiply(halves[0], feedForward.Dialect.Gelu(feedForward["gelu"], halves[1]));
        return Linear.Add(feedForward["linear2"], gated);
    }
}
