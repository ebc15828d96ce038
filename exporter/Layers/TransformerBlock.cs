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
    /// <param name="context">Text states, [B, S, W].</param>
    /// <param name="channels">C.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="repetition">
    /// Where prompts share samples, and this is their first attention: repeats the samples for them; otherwise null.
    /// </param>
    /// <returns>The block's output [B, Q, C] and the cross-attention probabilities [B, Q, S], mean over the heads.</returns>
    public static (Value Output, Value Probabilities) Add(
        Module block,
        Value x,
        Value context,
        int channels,
        int heads,
        SampleRepetition? repetition
    )
    {
        Value normalized = Normalization.Layer(block["norm1"], x);
        x = block.Add(Attend(block["attn1"], normalized, normalized, channels, heads, null).Attended, x);
        (Value attended, Value probabilities) = Attend(
            block["attn2"],
            Normalization.Layer(block["norm2"], x),
            context,
            channels,
            heads,
            repetition
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
        Value context,
        int channels,
        int heads,
        SampleRepetition? repetition
    )
    {
        Value query = Linear.Add(attention["to_q"], x);
        (Value attended, Value probabilities) = Attention.Add(
            attention,
            repetition is null ? query : repetition.Of(attention, query),
            Linear.Add(attention["to_k"], context),
            Linear.Add(attention["to_v"], context),
            heads,
            channels / heads
        );
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
        Value gated = feedForward.Multiply(halves[0], Activation.Gelu(feedForward["gelu"], halves[1]));
        return Linear.Add(feedForward["linear2"], gated);
    }
}
