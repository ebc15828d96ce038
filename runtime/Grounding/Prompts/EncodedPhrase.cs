namespace CxrOnnx.Grounding.Prompts;

/// <summary>A phrase as the text encoder will see it.</summary>
/// <param name="Phrase">As it was given.</param>
/// <param name="Text">What of it is used: without words that a closed vocabulary does not know.</param>
/// <param name="Ids">Token ids, int64 [77].</param>
/// <param name="Tokens">The text's own sub-tokens.</param>
/// <param name="Positions">Their positions in <paramref name="Ids"/>.</param>
/// <param name="Warnings">What was left out and may matter, one sentence each.</param>
public sealed record EncodedPhrase(
    string Phrase,
    string Text,
    IReadOnlyList<long> Ids,
    IReadOnlyList<string> Tokens,
    IReadOnlyList<int> Positions,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>
    /// Words that a closed vocabulary does not know, each once; punctuation and little words ("in", "the") do not count, because nothing
    /// is lost with them.
    /// </summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
