using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// HTML character references (<c>&amp;lt;</c>, <c>&amp;#233;</c>): the lenient decoding of the HTML standard and a cautious one for text
/// repair.
/// </summary>
internal static partial class HtmlCharacterReferences
{
    private const int LastCodePoint = 0x10FFFF;

    private static readonly Dictionary<string, string> Names = [];
    private static readonly Dictionary<string, string> RepairNames = [];

    static HtmlCharacterReferences()
    {
        foreach (string[] row in EmbeddedTable.Rows("html-entities.txt"))
        {
            string text = EmbeddedTable.Text(row.Skip(1));
            if (row[0].StartsWith('^'))
            {
                RepairNames[row[0][1..]] = text;
                continue;
            }

            Names[row[0]] = text;
            if (row[0].EndsWith(';'))
            {
                RepairNames[row[0]] = text;
            }
        }
    }

    /// <summary>Decodes every reference as the HTML standard says, with or without its semicolon.</summary>
    public static string Unescape(string text) => text.Contains('&') ? AnyReference().Replace(text, DecodeLeniently) : text;

    /// <summary>
    /// Decodes only complete references: those with a semicolon, among them upper-cased spellings of lower-case names
    /// (<c>&amp;EACUTE;</c>). A number that decodes to a semicolon itself is left alone.
    /// </summary>
    public static string UnescapeComplete(string text) => text.Contains('&') ? CompleteReference().Replace(text, DecodeComplete) : text;

    private static string DecodeComplete(Match match)
    {
        string reference = match.Value;
        if (RepairNames.TryGetValue(reference[1..], out string? named))
        {
            return named;
        }

        if (reference[1] != '#')
        {
            return reference;
        }

        string decoded = Unescape(reference);
        return decoded.Contains(';') ? reference : decoded;
    }

    private static string DecodeLeniently(Match match)
    {
        string body = match.Groups[1].Value;
        if (body[0] == '#')
        {
            return DecodeNumber(body.AsSpan(1).TrimEnd(';'));
        }

        if (Names.TryGetValue(body, out string? named))
        {
            return named;
        }

        // The longest name that the text starts with, for the names that need no semicolon.
        for (int length = body.Length - 1; length > 1; length--)
        {
            if (Names.TryGetValue(body[..length], out named))
            {
                return named + body[length..];
            }
        }

        return match.Value;
    }

    private static string DecodeNumber(ReadOnlySpan<char> digits)
    {
        bool hexadecimal = digits[0] is 'x' or 'X';
        ReadOnlySpan<char> number = (hexadecimal ? digits[1..] : digits).TrimStart('0');

        // Eight digits hold every code point in either base; more are out of range.
        int point = 0;
        if (number.Length > 8)
        {
            point = int.MaxValue;
        }
        else if (number.Length > 0)
        {
            NumberStyles style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
            point = (int)Math.Min(uint.Parse(number, style, CultureInfo.InvariantCulture), int.MaxValue);
        }

        return point switch
        {
            0 => "\uFFFD",
            '\r' => "\r",
            >= 0x80 and <= 0x9F => SingleByteCodePage.Windows1252.Decode((byte)point).ToString(),
            (>= 0xD800 and <= 0xDFFF) or > LastCodePoint => "\uFFFD",
            _ when IsForbidden(point) => "",
            _ => char.ConvertFromUtf32(point),
        };
    }

    /// <summary>Controls and non-characters that a reference may not name.</summary>
    private static bool IsForbidden(int point) =>
        point is (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE;

    [GeneratedRegex(@"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)", RegexOptions.CultureInvariant)]
    private static partial Regex AnyReference();

    [GeneratedRegex("&#?[0-9A-Za-z]{1,24};", RegexOptions.CultureInvariant)]
    private static partial Regex CompleteReference();
}
