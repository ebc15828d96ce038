namespace CxrOnnx.Grounding.Prompts;

/// <summary>A phrase as the text encoder will see it.</summary>
/// <param name="Phrase">As it was given.</param>
/// <param name="Text">What of it is used: without words that a closed vocabulary does not know.</param>
/// <param name="Ids">Token ids, int64 [77].</param>
/// <param name="Tokens">The text's own sub-tokens.</param>
/// <param name="Positions">Their positions in <paramref name="Ids"/>.</param>
/// <param name="Warnings">What was left out, one sentence each.</param>
public sealed record EncodedPhrase(
    string Phrase,
    string Text,
    IReadOnlyList<long> Ids,
    IReadOnlyList<string> Tokens,
    IReadOnlyList<int> Positions,
    IReadOnlyList<string> Warnings
);
