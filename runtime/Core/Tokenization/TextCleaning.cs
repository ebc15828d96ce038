using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// What the CLIP tokenizer makes of a text before it looks for words: repaired, references decoded, white space collapsed, lower case.
/// </summary>
/// <remarks>
/// Follows the cleaning of the OpenAI CLIP reference (repair with ftfy 6.1.1, HTML references decoded twice). Known difference: characters
/// that entered Unicode after version 14 may be classified and lower-cased where the reference's older tables leave them alone.
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
        bool follows = false;
        ReadOnlySpan<char> before = text.AsSpan(0, sigma);
        while (Rune.DecodeLastFromUtf16(before, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            if (!IsIgnoredInCasing(rune))
            {
                follows = IsCased(rune);
                break;
            }

            before = before[..^length];
        }

        ReadOnlySpan<char> after = text.AsSpan(sigma + 1);
        while (Rune.DecodeFromUtf16(after, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            if (!IsIgnoredInCasing(rune))
            {
                return follows && !IsCased(rune);
            }

            after = after[length..];
        }

        return follows;
    }

    /// <summary>
    /// Letters with case, and the signs that Unicode counts to them: ordinal indicators, Roman numerals, letters in circles and squares.
    /// </summary>
    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.LowercaseLetter
                or UnicodeCategory.UppercaseLetter
                or UnicodeCategory.TitlecaseLetter
        || rune.Value
            is 0xAA
                or 0xBA
                or (>= 0x2160 and <= 0x217F)
                or (>= 0x24B6 and <= 0x24E9)
                or (>= 0x1F130 and <= 0x1F149)
                or (>= 0x1F150 and <= 0x1F169)
                or (>= 0x1F170 and <= 0x1F189);

    private static bool IsIgnoredInCasing(Rune rune) =>
        rune.Value
            is '\''
                or '.'
                or ':'
                or 0xB7
                or 0x387
                or 0x55F
                or 0x5F4
                or 0x2018
                or 0x2019
                or 0x2024
                or 0x2027
                or 0xFE13
                or 0xFE52
                or 0xFE55
                or 0xFF07
                or 0xFF0E
                or 0xFF1A
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.ModifierSymbol;
}
