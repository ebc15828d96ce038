namespace CxrOnnx.Core.Tokenization;

/// <summary>A text as the text encoder sees it.</summary>
public sealed record TokenizedText
{
    /// <summary>Token ids: beginning of sequence, the text's own sub-tokens, end of sequence, padding. int64 [77].</summary>
    public required long[] Ids { get; init; }

    /// <summary>The text's own sub-tokens that are among the ids, in order; <c>&lt;/w&gt;</c> marks a word's end.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Where the text's own sub-tokens stand in <see cref="Ids"/>: 1, 2, ..., parallel to <see cref="Tokens"/>.</summary>
    public required IReadOnlyList<int> Positions { get; init; }

    /// <summary>Whether sub-tokens were left out because the text is longer than the context.</summary>
    public required bool Truncated { get; init; }

    /// <summary>The sub-tokens that were left out, in order.</summary>
    public required IReadOnlyList<string> TruncatedTokens { get; init; }

    /// <summary>The words, and which positions belong to each; without the words of which no sub-token is left.</summary>
    public required IReadOnlyList<TokenSpan> Words { get; init; }

    /// <summary>1 at the text's own sub-tokens, 0 elsewhere. float32 [77]; a new array.</summary>
    public float[] Mask()
    {
        float[] mask = new float[Ids.Length];
        foreach (int position in Positions)
        {
            mask[position] = 1;
        }

        return mask;
    }
}
