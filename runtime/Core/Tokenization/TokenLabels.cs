namespace CxrOnnx.Core.Tokenization;

/// <summary>Sub-tokens as a reader writes them: words, not the tokenizer's pieces.</summary>
public static class TokenLabels
{
    private const string WordEnd = "</w>";

    /// <summary>
    /// One label per sub-token: the word itself where it is one sub-token (<c>left</c>), and the word with the part that is meant where it
    /// is several (<c>cardiomegaly 1/4</c>).
    /// </summary>
    /// <param name="tokens">Sub-tokens in the order of the text; <c>&lt;/w&gt;</c> ends a word.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> tokens)
    {
        string[] labels = new string[tokens.Count];
        for (int first = 0, last = 0; first < tokens.Count; first = last)
        {
            while (last < tokens.Count && !tokens[last].EndsWith(WordEnd, StringComparison.Ordinal))
            {
                last++;
            }

            last = Math.Min(tokens.Count, last + 1);
            string word = string.Concat(tokens.Skip(first).Take(last - first).Select(Plain));
            for (int i = first; i < last; i++)
            {
                labels[i] = last - first == 1 ? word : FormattableString.Invariant($"{word} {i - first + 1}/{last - first}");
            }
        }

        return labels;
    }

    private static string Plain(string token) => token.Replace(WordEnd, "", StringComparison.Ordinal);
}
