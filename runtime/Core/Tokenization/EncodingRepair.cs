using System.Text;
using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Repairs mojibake: turns text that was UTF-8 but was read in a single-byte encoding back into what was meant
/// (<c>naÃ¯ve</c> becomes <c>naïve</c>), also where only a part of the text is affected, where a no-break space became a space, or where
/// bytes were lost.
/// </summary>
/// <remarks>Behaves like the encoding step of ftfy 6.1.1 with its default settings.</remarks>
internal static partial class EncodingRepair
{
    // Bytes are handled as Latin-1 strings in regular expressions: character n is byte n.
    private static readonly Regex EmbeddedSequence = BuildEmbeddedSequence();

    /// <summary>Repairs until nothing changes any more.</summary>
    public static string Repair(string text)
    {
        string before;
        do
        {
            before = text;
            text = RepairOnce(text);
        } while (text != before);

        return text;
    }

    /// <summary>Reads C1 controls, which nobody writes on purpose, as the Windows-1252 characters at their place.</summary>
    public static string ReplaceC1Controls(string text) =>
        text.AsSpan().ContainsAnyInRange('\u0080', '\u009F')
            ? string.Create(
                text.Length,
                text,
                static (target, source) =>
                {
                    for (int i = 0; i < target.Length; i++)
                    {
                        target[i] = source[i] is >= '\u0080' and <= '\u009F'
                            ? SingleByteCodePage.Windows1252.Decode((byte)source[i])
                            : source[i];
                    }
                }
            )
            : text;

    private static string RepairOnce(string text)
    {
        if (Ascii.IsValid(text) || !MojibakeHeuristic.IsSuspect(text))
        {
            return text;
        }

        foreach (SingleByteCodePage page in SingleByteCodePage.All)
        {
            if (page.CanEncode(text) && TryReadAsUtf8(page, text, out string reread))
            {
                return reread;
            }
        }

        string repaired = RepairParts(text);
        if (repaired != text)
        {
            return repaired;
        }

        // Latin-1 that was meant as Windows-1252, or stray C1 controls in other text: the same replacement either way.
        return ReplaceC1Controls(text);
    }

    private static bool TryReadAsUtf8(SingleByteCodePage page, string text, out string reread)
    {
        string bytes = Encoding.Latin1.GetString(page.Encode(text));
        if (SpacedSequence().IsMatch(bytes))
        {
            bytes = RestoreNoBreakSpaces(bytes);
        }

        if (page.IsTolerant)
        {
            // The whole damaged sequence becomes U+FFFD.
            bytes = LossySequence().Replace(bytes, "\u00EF\u00BF\u00BD");
        }

        return LenientUtf8.TryDecode(Encoding.Latin1.GetBytes(bytes), out reread);
    }

    /// <summary>Puts byte A0 back where a program took it for a space in the middle of a UTF-8 sequence.</summary>
    private static string RestoreNoBreakSpaces(string bytes)
    {
        // "à" is far more often a word of its own than the start of one, so its space stays; some Portuguese words excepted.
        bytes = LoneAGrave().Replace(bytes, "\u00C3\u00A0 ");
        return SpacedSequence().Replace(bytes, match => match.Value.Replace(' ', '\u00A0'));
    }

    private static string RepairParts(string text) =>
        EmbeddedSequence.Replace(
            text,
            match => match.Length < text.Length && MojibakeHeuristic.IsSuspect(match.Value) ? Repair(match.Value) : match.Value
        );

    /// <summary>UTF-8 sequences as they look when read in any Latin-1-like code page.</summary>
    private static Regex BuildEmbeddedSequence()
    {
        string continuation = Characters(0x80, 0xBF);

        // Not after a character that is itself half of something: a little repair in the middle of a long garble makes it worse.
        const string ordinary = "–—―‘’‚“”„•…";
        string strict = string.Concat(continuation.Where(character => !ordinary.Contains(character)));
        string tail = $"[{continuation} ]";
        string pattern =
            $"(?<![{strict}])(?:"
            + $"[{Characters(0xC2, 0xDF)}]{tail}|"
            + $"[{Characters(0xE0, 0xEF)}]{tail}{{2}}|"
            + $"[{Characters(0xF0, 0xF0)}{Characters(0xF3, 0xF3)}]{tail}{{3}})+";
        return new Regex(pattern, RegexOptions.CultureInvariant);
    }

    private static string Characters(byte first, byte last) =>
        string.Concat(
            SingleByteCodePage
                .All.Where(page => page.IsLatin1Like)
                .SelectMany(page => Enumerable.Range(first, last - first + 1).Select(value => page.Decode((byte)value)))
                .Distinct()
                .Order()
        );

    /// <summary>A UTF-8 sequence in which a space stands where byte A0 would make it complete.</summary>
    [GeneratedRegex(
        "[\u00C2\u00C3\u00C5\u00CE\u00D0\u00D9] "
            + "|[\u00E2\u00E3] [\u0080-\u0084\u0086-\u009F\u00A1-\u00BF]"
            + "|[\u00E0-\u00E3][\u0080-\u0084\u0086-\u009F\u00A1-\u00BF] "
            + "|\u00F0 [\u0080-\u00BF]{2}"
            + "|\u00F0[\u0080-\u00BF] [\u0080-\u00BF]"
            + "|\u00F0[\u0080-\u00BF]{2} ",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex SpacedSequence();

    [GeneratedRegex("\u00C3 (?! |quele|quela|quilo|s )", RegexOptions.CultureInvariant)]
    private static partial Regex LoneAGrave();

    /// <summary>A UTF-8 (or CESU-8) sequence of which bytes were lost; 1A marks a lost byte, a question mark may be one.</summary>
    [GeneratedRegex(
        "[\u00C2-\u00DF]\u001A"
            + "|[\u00C2\u00C3][?]"
            + "|\u00ED[\u00A0-\u00AF][\u001A?]\u00ED[\u00B0-\u00BF][\u001A?\u0080-\u00BF]"
            + "|\u00ED[\u00A0-\u00AF][\u001A?\u0080-\u00BF]\u00ED[\u00B0-\u00BF][\u001A?]"
            + "|[\u00E0-\u00EF][\u001A?][\u001A\u0080-\u00BF]"
            + "|[\u00E0-\u00EF][\u001A\u0080-\u00BF][\u001A?]"
            + "|[\u00F0-\u00F4][\u001A?][\u001A\u0080-\u00BF][\u001A\u0080-\u00BF]"
            + "|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A?][\u001A\u0080-\u00BF]"
            + "|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A\u0080-\u00BF][\u001A?]"
            + "|\u001A",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex LossySequence();
}
