using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// Reads the heads of elements (PS3.5 chapter 7.1). Files in the wild hold elements with unknown or blank value representations and data
/// sets that are not in the declared form. Where the rule gives no sense, the other forms are tried, and the one after which a sensible
/// element follows is taken.
/// </summary>
internal static class ElementReader
{
    private const int ShortHead = 8;
    private const int LongHead = 12;

    private static readonly HashSet<string> ShortRepresentations =
    [
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
    ];

    private static readonly HashSet<string> LongRepresentations =
    [
        "OB",
        "OD",
        "OF",
        "OL",
        "OV",
        "OW",
        "SQ",
        "SV",
        "UC",
        "UN",
        "UR",
        "UT",
        "UV",
    ];

    /// <summary>The tag at a position, which must have four bytes.</summary>
    public static uint TagAt(ReadOnlySpan<byte> content, int at) =>
        ((uint)BinaryPrimitives.ReadUInt16LittleEndian(content[at..]) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(content[(at + 2)..]);

    /// <summary>Whether a data set that starts at a position is in explicit form.</summary>
    /// <param name="content">The file.</param>
    /// <param name="at">Start of the data set (or item).</param>
    /// <param name="end">Its end, or the end of what holds it.</param>
    /// <param name="declared">The form that the file declares, which is taken when both or neither make sense.</param>
    public static bool IsExplicit(ReadOnlySpan<byte> content, int at, int end, bool declared)
    {
        if (end - at < ShortHead || TagAt(content, at) >> 16 == DicomTag.DelimiterGroup || MakesSense(content, at, end, declared))
        {
            return declared;
        }

        return MakesSense(content, at, end, !declared) ? !declared : declared;
    }

    /// <summary>Reads the head at a position.</summary>
    /// <returns>The head, or null where nothing that fits can be made of it.</returns>
    public static ElementHeader? Read(ReadOnlySpan<byte> content, int at, int end, bool explicitForm)
    {
        if (end - at < ShortHead)
        {
            return null;
        }

        ElementHeader? usual = explicitForm ? Explicit(content, at, end) : Implicit(content, at);
        if (usual is { } header && header.Fits(end))
        {
            return usual;
        }

        if (!explicitForm)
        {
            return null;
        }

        // Blank or strange letters are mostly those of two-byte lengths; letters of a future standard have four-byte lengths (PS3.5 6.2.2).
        bool letters = char.IsAsciiLetterUpper((char)content[at + 4]) && char.IsAsciiLetterUpper((char)content[at + 5]);
        ElementHeader?[] tries = letters
            ? [Long(content, at, end), Short(content, at), Implicit(content, at)]
            : [Short(content, at), Implicit(content, at), Long(content, at, end)];
        foreach (ElementHeader? attempt in tries)
        {
            if (attempt is { } one && one.Fits(end) && IsFollowed(content, one, end, explicitForm))
            {
                return one with { Odd = true };
            }
        }

        return null;
    }

    /// <summary>Whether the head at a position has a known representation, or needs none.</summary>
    public static bool IsUsual(ReadOnlySpan<byte> content, int at, bool explicitForm) =>
        !explicitForm || IsRepresentation(Letters(content, at));

    private static bool MakesSense(ReadOnlySpan<byte> content, int at, int end, bool explicitForm) =>
        (explicitForm ? Explicit(content, at, end) : Implicit(content, at)) is { } header
        && header.Fits(end)
        && IsFollowed(content, header, end, explicitForm);

    private static ElementHeader? Explicit(ReadOnlySpan<byte> content, int at, int end)
    {
        string letters = Letters(content, at);
        if (ShortRepresentations.Contains(letters))
        {
            return Short(content, at)!.Value with { Representation = letters };
        }

        return LongRepresentations.Contains(letters) && Long(content, at, end) is { } header
            ? header with
            {
                Representation = letters,
            }
            : null;
    }

    private static ElementHeader? Short(ReadOnlySpan<byte> content, int at) =>
        new(TagAt(content, at), "", BinaryPrimitives.ReadUInt16LittleEndian(content[(at + 6)..]), at + ShortHead, Odd: false);

    private static ElementHeader? Long(ReadOnlySpan<byte> content, int at, int end) =>
        end - at < LongHead
            ? null
            : new(TagAt(content, at), "", BinaryPrimitives.ReadUInt32LittleEndian(content[(at + ShortHead)..]), at + LongHead, Odd: false);

    private static ElementHeader? Implicit(ReadOnlySpan<byte> content, int at) =>
        new(TagAt(content, at), "", BinaryPrimitives.ReadUInt32LittleEndian(content[(at + 4)..]), at + ShortHead, Odd: false);

    /// <summary>Whether a later element, a delimiter or the end follows.</summary>
    private static bool IsFollowed(ReadOnlySpan<byte> content, ElementHeader header, int end, bool explicitForm)
    {
        if (header.IsUndefined)
        {
            return end - header.ValueAt >= ShortHead && TagAt(content, header.ValueAt) is DicomTag.Item or DicomTag.SequenceDelimiter;
        }

        int next = header.ValueAt + (int)header.Length;
        if (next == end)
        {
            return true;
        }

        if (end - next < ShortHead)
        {
            return false;
        }

        uint tag = TagAt(content, next);
        if (tag >> 16 == DicomTag.DelimiterGroup)
        {
            return tag == DicomTag.ItemDelimiter && BinaryPrimitives.ReadUInt32LittleEndian(content[(next + 4)..]) == 0;
        }

        if (tag <= header.Tag)
        {
            return false;
        }

        if (!explicitForm)
        {
            return Implicit(content, next) is { } after && after.Fits(end);
        }

        return IsRepresentation(Letters(content, next)) || (tag >> 16 == header.Tag >> 16 && Short(content, next)!.Value.Fits(end));
    }

    private static bool IsRepresentation(string letters) => ShortRepresentations.Contains(letters) || LongRepresentations.Contains(letters);

    private static string Letters(ReadOnlySpan<byte> content, int at) =>
        string.Create(
            2,
            (content[at + 4], content[at + 5]),
            static (text, pair) => (text[0], text[1]) = ((char)pair.Item1, (char)pair.Item2)
        );
}
