namespace CxrOnnx.Core.Prompts;

/// <summary>A word or a punctuation mark of a sentence.</summary>
/// <param name="Text">In lower case.</param>
/// <param name="IsAnatomy">Whether it may name a place: true unless an entity recogniser said otherwise.</param>
internal readonly record struct ReportWord(string Text, bool IsAnatomy = true)
{
    /// <summary>Whether it separates clauses.</summary>
    public bool IsClauseEnd => Text is ";" or "but" or "however" or "although" or "though" or "except" or "aside" or "apart" or "otherwise";

    /// <summary>Whether statements about different findings may be divided here.</summary>
    public bool IsSeparator => IsClauseEnd || Text is "," or "and" or "with" or "or" or "while" or "plus" or "/" or "as";

    /// <summary>The words of a sentence; hyphens and brackets divide, commas, semicolons and slashes are words of their own.</summary>
    public static List<ReportWord> Of(string sentence)
    {
        List<ReportWord> words = [];
        int start = -1;
        for (int i = 0; i <= sentence.Length; i++)
        {
            char character = i < sentence.Length ? sentence[i] : ' ';
            if (char.IsLetterOrDigit(character) || (character == '\'' && start >= 0))
            {
                start = start < 0 ? i : start;
                continue;
            }

            if (start >= 0)
            {
                words.Add(new ReportWord(sentence[start..i].ToLowerInvariant()));
                start = -1;
            }

            if (character is ',' or ';' or '/' or '>')
            {
                words.Add(new ReportWord(character.ToString()));
            }
        }

        return words;
    }
}
