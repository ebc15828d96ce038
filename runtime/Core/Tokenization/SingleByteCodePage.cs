using System.Buffers;

namespace CxrOnnx.Core.Tokenization;

/// <summary>One of the single-byte encodings that UTF-8 text is most often mistaken for.</summary>
/// <remarks>
/// A tolerant code page decodes bytes it leaves undefined as the C1 control with the same number, as web browsers do, and represents the
/// replacement character U+FFFD by byte 0x1A, so that text in which a byte was lost can still be turned back into bytes.
/// </remarks>
internal sealed class SingleByteCodePage
{
    /// <summary>The byte a tolerant code page writes for U+FFFD.</summary>
    public const byte LostByte = 0x1A;

    private readonly char[] _characters = new char[256];
    private readonly Dictionary<char, byte> _bytes = [];
    private readonly SearchValues<char> _encodable;

    private SingleByteCodePage(string name, bool tolerant, ReadOnlySpan<string> upperHalf)
    {
        Name = name;
        IsTolerant = tolerant;
        for (int i = 0; i < 256; i++)
        {
            string code = i < 0x80 || upperHalf.IsEmpty ? "-" : upperHalf[i - 0x80];
            _characters[i] = code == "-" ? (char)i : (char)EmbeddedTable.CodePoint(code);
        }

        if (tolerant)
        {
            _characters[LostByte] = '\uFFFD';
        }

        for (int i = 0; i < 256; i++)
        {
            _bytes[_characters[i]] = (byte)i;
        }

        _encodable = SearchValues.Create(_characters);
    }

    /// <summary>The code pages in the order in which they are tried.</summary>
    public static IReadOnlyList<SingleByteCodePage> All { get; } = Load();

    /// <summary>Windows-1252 with its undefined bytes read as C1 controls.</summary>
    public static SingleByteCodePage Windows1252 { get; } = All.Single(page => page.Name == "windows-1252");

    /// <summary>IANA-like name.</summary>
    public string Name { get; }

    /// <summary>Whether undefined bytes and lost characters are let through.</summary>
    public bool IsTolerant { get; }

    /// <summary>
    /// Whether it belongs to the family that agrees with Latin-1 on where letters stand (ISO 8859-1 and the Windows pages).
    /// </summary>
    public bool IsLatin1Like => IsTolerant || Name == "iso-8859-1";

    /// <summary>The character of a byte.</summary>
    public char Decode(byte value) => _characters[value];

    /// <summary>Whether every character of the text has a byte.</summary>
    public bool CanEncode(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(_encodable);

    /// <summary>The bytes of a text for which <see cref="CanEncode"/> holds.</summary>
    public byte[] Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = _bytes[text[i]];
        }

        return bytes;
    }

    private static SingleByteCodePage[] Load()
    {
        Dictionary<string, string[]> rows = EmbeddedTable.Rows("code-pages.txt").ToDictionary(row => row[0]);
        string[] order =
        [
            "windows-1252",
            "windows-1251",
            "windows-1250",
            "windows-1253",
            "windows-1254",
            "windows-1257",
            "iso-8859-2",
            "macintosh",
            "cp437",
        ];
        return
        [
            new("iso-8859-1", tolerant: false, []),
            .. order.Select(name => new SingleByteCodePage(
                name,
                name.StartsWith("windows", StringComparison.Ordinal),
                rows[name].AsSpan(1)
            )),
        ];
    }
}
