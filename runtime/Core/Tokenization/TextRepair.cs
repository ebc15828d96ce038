using System.Text;
using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// The text repair that the CLIP tokenizer applies before anything else: HTML references, mojibake, ligatures, full-width letters, curly
/// quotes, line breaks, unpaired surrogates, terminal escapes and control characters; result in normalization form C.
/// </summary>
/// <remarks>Behaves like <c>fix_text</c> of ftfy 6.1.1 with its default settings, one line at a time.</remarks>
internal static partial class TextRepair
{
    // A longer line is repaired in pieces, which bounds the work.
    private const int LongestPiece = 1_000_000;

    private static readonly Dictionary<char, string> Replacements = BuildReplacements();

    /// <summary>Repairs a text.</summary>
    public static string Repair(string text)
    {
        StringBuilder result = new(text.Length);
        bool unescape = true;
        int position = 0;
        while (position < text.Length)
        {
            int newline = text.IndexOf('\n', position);
            int end = newline < 0 ? text.Length : newline + 1;
            if (end - position > LongestPiece)
            {
                end = position + LongestPiece;
                end -= char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
            }

            string piece = text[position..end];

            // Text with real angle brackets is taken to be markup, whose references mean what they say; from here to the end.
            unescape &= !piece.Contains('<');
            result.Append(RepairPiece(piece, unescape));
            position = end;
        }

        return result.ToString();
    }

    private static string RepairPiece(string text, bool unescape)
    {
        string before;
        do
        {
            before = text;
            text = unescape ? HtmlCharacterReferences.UnescapeComplete(text) : text;
            text = EncodingRepair.Repair(text);
            text = EncodingRepair.ReplaceC1Controls(text);
            text = ReplaceCharacters(text);
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\u2028', '\n').Replace('\u2029', '\n');
            text = ReplaceUnpairedSurrogates(text);
            text = TerminalEscape().Replace(text, "");
            text = RemoveControls(text);
            text = CanonicalComposition.Compose(text);
        } while (text != before);

        return text;
    }

    /// <summary>Ligatures, widths and quotes, in this order: what one yields, the next may replace.</summary>
    private static string ReplaceCharacters(string text)
    {
        if (!text.Any(Replacements.ContainsKey))
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        foreach (char character in text)
        {
            if (Replacements.TryGetValue(character, out string? replacement))
            {
                result.Append(replacement);
            }
            else
            {
                result.Append(character);
            }
        }

        return result.ToString();
    }

    private static Dictionary<char, string> BuildReplacements()
    {
        Dictionary<char, string> replacements = EmbeddedTable
            .Rows("character-widths.txt")
            .ToDictionary(row => (char)EmbeddedTable.CodePoint(row[0]), row => EmbeddedTable.Text(row.Skip(1)));
        (char Ligature, string Letters)[] ligatures =
        [
            ('Ĳ', "IJ"),
            ('ĳ', "ij"),
            ('ŉ', "'n"),
            ('Ǳ', "DZ"),
            ('ǲ', "Dz"),
            ('ǳ', "dz"),
            ('Ǆ', "DŽ"),
            ('ǅ', "Dž"),
            ('ǆ', "dž"),
            ('Ǉ', "LJ"),
            ('ǈ', "Lj"),
            ('ǉ', "lj"),
            ('Ǌ', "NJ"),
            ('ǋ', "Nj"),
            ('ǌ', "nj"),
            ('\uFB00', "ff"),
            ('\uFB01', "fi"),
            ('\uFB02', "fl"),
            ('\uFB03', "ffi"),
            ('\uFB04', "ffl"),
            ('\uFB05', "ſt"),
            ('\uFB06', "st"),
        ];
        foreach ((char ligature, string letters) in ligatures)
        {
            replacements[ligature] = letters;
        }

        foreach (char quote in "\u02BC\u2018\u2019\u201A\u201B")
        {
            replacements[quote] = "'";
        }

        foreach (char quote in "\u201C\u201D\u201E\u201F")
        {
            replacements[quote] = "\"";
        }

        return replacements;
    }

    private static string ReplaceUnpairedSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Enumeration yields U+FFFD for a surrogate that has no partner.
            result.Append(rune);
        }

        return result.ToString();
    }

    private static string RemoveControls(string text) =>
        text.Any(IsUnwantedControl) ? string.Concat(text.Where(character => !IsUnwantedControl(character))) : text;

    private static bool IsUnwantedControl(char character) =>
        character
            is <= '\u0008'
                or '\u000B'
                or (>= '\u000E' and <= '\u001F')
                or '\u007F'
                or (>= '\u206A' and <= '\u206F')
                or '\uFEFF'
                or (>= '\uFFF9' and <= '\uFFFC');

    [GeneratedRegex(@"\x1B\[[\p{Nd};]*[a-zA-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalEscape();
}
