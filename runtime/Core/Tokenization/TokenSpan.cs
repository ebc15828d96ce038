namespace CxrOnnx.Core.Tokenization;

/// <summary>The sub-tokens of one word.</summary>
/// <param name="Text">The word as the tokenizer saw it: cleaned and in lower case.</param>
/// <param name="FirstPosition">Position of its first sub-token in the 77 (1 is the position after the beginning-of-sequence token).</param>
/// <param name="Count">Number of its sub-tokens that are among the 77; at least 1.</param>
/// <remarks>
/// A word is a run of letters, one digit, a contraction's ending or a run of other characters: <c>mild-to-moderate</c> is five words.
/// </remarks>
public readonly record struct TokenSpan(string Text, int FirstPosition, int Count)
{
    /// <summary>The positions of the word's sub-tokens.</summary>
    public IEnumerable<int> Positions => Enumerable.Range(FirstPosition, Count);
}
