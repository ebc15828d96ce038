using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Tokenization;

/// <summary>What the CLIP tokenizer makes of a text before it looks for words: repaired, references decoded, white space collapsed, lower case.</summary>
/// <remarks>
/// Follows the cleaning of the OpenAI CLIP reference (repair with ftfy 6.1.1, HTML references decoded twice). Known difference: characters that
/// entered Unicode after version 14 may be classified and lower-cased where the reference's older tables leave them alone.
/// </remarks>
internal static class TextCleaning
{
    private const char CapitalSigma = '\u03A3';

    /// <summary>Cleans a text of any length and content.</summary>
    public static string Clean(string text)
    {
        string repaired = TextRepair.Repair(text);
        string unescaped = HtmlCharacterReferences.Unescape(HtmlCharacterReferences.Unescape(repaired));
        return ToLower(CollapseWhiteSpace(unescaped));
    }

    private static string CollapseWhiteSpace(string text)
    {
        StringBuilder result = new(text.Length);
        foreach (char character in text)
        {
            if (!char.IsWhiteSpace(character))
            {
                result.Append(character);
            }
            else if (result.Length > 0 && result[^1] != ' ')
            {
                result.Append(' ');
            }
        }

        if (result.Length > 0 && result[^1] == ' ')
        {
            result.Length--;
        }

        return result.ToString();
    }

    /// <summary>Unicode lower case with its two irregular letters: İ becomes i and a dot, and Σ at a word's end becomes ς.</summary>
    internal static string ToLower(string text)
    {
        string lower = text.ToLowerInvariant();
        if (text.Contains(CapitalSigma))
        {
            char[] letters = lower.ToCharArray();
            for (int i = text.IndexOf(CapitalSigma); i >= 0; i = text.IndexOf(CapitalSigma, i + 1))
            {
                letters[i] = IsFinal(text, i) ? 'ς' : 'σ';
            }

            lower = new string(letters);
        }

        // The invariant mapping leaves İ as it is, because its lower case is two characters.
        return lower.Replace("\u0130", "i\u0307", StringComparison.Ordinal);
    }

    private static bool IsFinal(string text, int sigma)
    {
        int before = sigma - 1;
        while (before >= 0 && IsIgnoredInCasing(text[before]))
        {
            before--;
        }

        int after = sigma + 1;
        while (after < text.Length && IsIgnoredInCasing(text[after]))
        {
            after++;
        }

        return before >= 0 && IsCased(text[before]) && (after == text.Length || !IsCased(text[after]));
    }

    private static bool IsCased(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsIgnoredInCasing(char character) =>
        character is '\'' or '.' or ':' or '\u00B7' or '\u2018' or '\u2019' or '\u2024' or '\u2027'
        || char.GetUnicodeCategory(character)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
