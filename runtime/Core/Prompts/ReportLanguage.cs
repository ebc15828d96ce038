namespace CxrOnnx.Core.Prompts;

/// <summary>Tells English from other languages by the words and letters they do not share.</summary>
internal static class ReportLanguage
{
    // A text of so many words that has hardly an English one is not English, whatever else it is.
    private const int FewestWords = 8;
    private const double LeastEnglish = 0.08;

    /// <summary>What a stretch of text is written in; null for English, and for text too short to tell.</summary>
    public static string? OtherLanguage(string text)
    {
        int letters = 0, otherLetters = 0, words = 0, english = 0, accents = 0;
        int[] hits = new int[LanguageWords.Others.Count];
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetter(text[i]))
            {
                start = start < 0 ? i : start;
                letters++;
                // Latin letters with their marks end here; Greek, Cyrillic, Arabic, Chinese... follow.
                otherLetters += text[i] > '\u024F' && text[i] is < '\u1E00' or > '\u1EFF' ? 1 : 0;
                continue;
            }

            if (start >= 0)
            {
                Count(text[start..i]);
                start = -1;
            }
        }

        if (otherLetters > 3 && otherLetters > 0.3 * letters)
        {
            return "a language in other than Latin letters";
        }

        int best = hits.Max();
        return best > 0 && best + accents > english ? LanguageWords.Others[Array.IndexOf(hits, best)].Language
            : accents > 1 && accents > english ? "another language than English"
            : words >= FewestWords && english < LeastEnglish * words ? "no language that is known"
            : null;

        void Count(string word)
        {
            string plain = Plain(word);

            // Abbreviations are of no language.
            words += plain.Length > 3 && !word.All(char.IsUpper) ? 1 : 0;

            // An accent that no list of words has yet.
            accents += !word.All(char.IsAscii) && !LanguageWords.Known.Contains(plain) ? 1 : 0;
            english += LanguageWords.English.Contains(plain) ? 1 : 0;
            if (LanguageWords.Known.Contains(plain))
            {
                for (int k = 0; k < hits.Length; k++)
                {
                    hits[k] += LanguageWords.Others[k].Words.Contains(plain) ? 1 : 0;
                }
            }
        }
    }

    /// <summary>
    /// Whether so many words have no English one among them that somebody should look: it may be a language that is not listed.
    /// </summary>
    public static bool HasNoEnglish(string text)
    {
        string[] words = text.Split([' ', '\n', '.', ',', ';', ':', '(', ')', '/', '-'], StringSplitOptions.RemoveEmptyEntries);
        string[] plain = [.. words.Where(word => word.Length > 2 && word.All(char.IsLetter)).Select(Plain)];
        return plain.Length > 2 && !plain.Any(LanguageWords.English.Contains);
    }

    /// <summary>In lower case and without marks: reports are typed with and without them.</summary>
    private static string Plain(string word)
    {
        const string marked = "áàâäãåāăąéèêëēęěíìîïīıóòôöõōőøúùûüūůűñńňçćčśšşșżźžłđðýÿğřťț";
        const string plain = "aaaaaaaaaeeeeeeeiiiiiioooooooouuuuuuunnncccsssszzzlddyygrtt";
        word = word.ToLowerInvariant();
        return word.All(char.IsAscii) ? word : string.Concat(word.Select(letter => letter switch
        {
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            _ when marked.IndexOf(letter, StringComparison.Ordinal) is var at and >= 0 => plain[at].ToString(),
            _ => letter.ToString(),
        }));
    }
}
