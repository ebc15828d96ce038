namespace CxrOnnx.Core.Bundles;

/// <summary>A phrase whose text states a bundle carries.</summary>
/// <param name="Phrase">The words, exactly as they have to be asked for.</param>
/// <param name="Ids">Token ids, int64 [S].</param>
/// <param name="Tokens">The phrase's own sub-tokens.</param>
/// <param name="Positions">Their positions in <paramref name="Ids"/>.</param>
public sealed record StoredPhrase(string Phrase, IReadOnlyList<long> Ids, IReadOnlyList<string> Tokens, IReadOnlyList<int> Positions);
