using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Cuts cleaned text into the words that byte-pair encoding works on: the two special tokens, the endings of contractions, runs of letters,
/// single digits, and runs of anything else but white space.
/// </summary>
/// <remarks>Works on whole code points: a regular expression over UTF-16 takes letters outside the basic plane for symbols.</remarks>
internal static class WordSplitter
{
    // Longer ones first where one starts with the other; none does.
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>The words in order, as ranges of the text.</summary>
    public static IEnumerable<Range> Split(string text)
    {
        int position = 0;
        while (position < text.Length)
        {
            int length = WordLength(text, position, out bool isWord);
            if (isWord)
            {
                yield return position..(position + length);
            }

            position += length;
        }
    }

    private static int WordLength(string text, int position, out bool isWord)
    {
        isWord = true;
        ReadOnlySpan<char> rest = text.AsSpan(position);
        foreach (string special in (ReadOnlySpan<string>)[ClipTokenizer.BeginToken, ClipTokenizer.EndToken])
        {
            if (rest.StartsWith(special, StringComparison.OrdinalIgnoreCase))
            {
                return special.Length;
            }
        }

        foreach (string contraction in Contractions)
        {
            // The long s counts as an s where case does not matter.
            if (
                rest.StartsWith(contraction, StringComparison.OrdinalIgnoreCase)
                || (contraction == "'s" && rest.StartsWith("'ſ", StringComparison.Ordinal))
            )
            {
                return contraction.Length;
            }
        }

        Kind kind = KindOf(rest, out int length);
        isWord = kind != Kind.Space;
        if (kind is Kind.Letter or Kind.Other)
        {
            while (length < rest.Length && KindOf(rest[length..], out int next) == kind)
            {
                length += next;
            }
        }

        return length;
    }

    private static Kind KindOf(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out length);
        if (Rune.IsWhiteSpace(rune))
        {
            return Kind.Space;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
