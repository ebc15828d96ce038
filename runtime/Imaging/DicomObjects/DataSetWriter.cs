using System.Buffers.Binary;
using System.Text;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// A data set that is being written: explicit little endian (PS3.5 chapter 7), lengths always defined, elements in the order of their
/// tags, whatever the order in which they were given. The same elements give the same bytes.
/// </summary>
/// <param name="charset">Value of SpecificCharacterSet, which decides how texts are encoded.</param>
internal sealed class DataSetWriter(string charset)
{
    private const int ShortTextCharacters = 16;
    private const int LongTextCharacters = 64;
    private const int ParagraphCharacters = 1024;
    private const int PageCharacters = 10_240;
    private const uint ItemTag = 0xFFFE_E000;

    private readonly SortedDictionary<uint, (string Representation, byte[] Value)> _elements = [];

    /// <summary>An empty set with the same character set, for an item.</summary>
    public DataSetWriter Item() => new(charset);

    /// <summary>
    /// Text. Control characters become spaces, what the representation has no room for is cut, and what the character set has no letter
    /// for becomes a question mark.
    /// </summary>
    public DataSetWriter Text(uint tag, string representation, string text)
    {
        string clean = Clean(text, representation);
        return Add(tag, representation, Padded(Encode(clean), (byte)' '));
    }

    /// <summary>A unique identifier.</summary>
    public DataSetWriter Uid(uint tag, string uid) => Add(tag, "UI", Padded(Encoding.ASCII.GetBytes(uid), 0));

    /// <summary>Bytes as they came from another file of the same byte order.</summary>
    public DataSetWriter Raw(uint tag, string representation, ReadOnlySpan<byte> value) =>
        Add(tag, representation, Padded(value.ToArray(), representation is "UI" or "OB" or "OW" ? (byte)0 : (byte)' '));

    /// <summary>Unsigned 16-bit numbers.</summary>
    public DataSetWriter UInt16(uint tag, params ReadOnlySpan<int> values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 2), checked((ushort)values[i]));
        }

        return Add(tag, "US", bytes);
    }

    /// <summary>32-bit numbers, unsigned (<c>UL</c>) or signed (<c>SL</c>).</summary>
    public DataSetWriter Int32(uint tag, string representation, params ReadOnlySpan<int> values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * 4), values[i]);
        }

        return Add(tag, representation, bytes);
    }

    /// <summary>Float32 numbers (<c>FL</c> or <c>OF</c>).</summary>
    public DataSetWriter Single(uint tag, string representation, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        }

        return Add(tag, representation, bytes);
    }

    /// <summary>A float64 number.</summary>
    public DataSetWriter Double(uint tag, double value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return Add(tag, "FD", bytes);
    }

    /// <summary>The tag of an attribute as a value.</summary>
    public DataSetWriter AttributeTag(uint tag, uint value)
    {
        byte[] bytes = new byte[4];
        WriteTag(bytes, value);
        return Add(tag, "AT", bytes);
    }

    /// <summary>A sequence.</summary>
    public DataSetWriter Sequence(uint tag, params IEnumerable<DataSetWriter> items)
    {
        using MemoryStream bytes = new();
        Span<byte> head = stackalloc byte[8];
        foreach (DataSetWriter item in items)
        {
            byte[] content = item.ToBytes();
            WriteTag(head, ItemTag);
            BinaryPrimitives.WriteInt32LittleEndian(head[4..], content.Length);
            bytes.Write(head);
            bytes.Write(content);
        }

        return Add(tag, "SQ", bytes.ToArray());
    }

    /// <summary>A sequence of one code: value, coding scheme, meaning.</summary>
    public DataSetWriter Code(uint tag, DicomCode code) => Sequence(tag, CodeItem(code));

    /// <summary>The item of a code.</summary>
    public DataSetWriter CodeItem(DicomCode code) =>
        Item().Text(0x0008_0100, "SH", code.Value).Text(0x0008_0102, "SH", code.Scheme).Text(0x0008_0104, "LO", code.Meaning);

    /// <summary>The elements, encoded.</summary>
    /// <param name="without">Tags that are left out.</param>
    public byte[] ToBytes(IReadOnlySet<uint>? without = null)
    {
        using MemoryStream bytes = new();
        Span<byte> head = stackalloc byte[12];
        foreach ((uint tag, (string representation, byte[] value)) in _elements)
        {
            if (without?.Contains(tag) == true)
            {
                continue;
            }

            head.Clear();
            WriteTag(head, tag);
            (head[4], head[5]) = ((byte)representation[0], (byte)representation[1]);
            bool isLong = representation is "OB" or "OW" or "OF" or "SQ" or "UT" or "UC" or "UN";
            if (isLong)
            {
                BinaryPrimitives.WriteInt32LittleEndian(head[8..], value.Length);
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(head[6..], checked((ushort)value.Length));
            }

            bytes.Write(isLong ? head : head[..8]);
            bytes.Write(value);
        }

        return bytes.ToArray();
    }

    private DataSetWriter Add(uint tag, string representation, byte[] value)
    {
        _elements[tag] = (representation, value);
        return this;
    }

    private static void WriteTag(Span<byte> bytes, uint tag)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)tag);
    }

    private static byte[] Padded(byte[] value, byte padding) => value.Length % 2 == 0 ? value : [.. value, padding];

    private byte[] Encode(string text) =>
        charset switch
        {
            DicomCharset.Unicode => Encoding.UTF8.GetBytes(text),
            DicomCharset.Latin1 => Encoding.Latin1.GetBytes(text),

            // All other sets of the standard hold ASCII in their first half.
            _ => Encoding.ASCII.GetBytes(text),
        };

    private static string Clean(string text, string representation)
    {
        int most = representation switch
        {
            "SH" => ShortTextCharacters,
            "LO" => LongTextCharacters,
            "ST" => ParagraphCharacters,
            "LT" => PageCharacters,
            _ => int.MaxValue,
        };
        bool isParagraph = representation is "ST" or "LT" or "UT";
        StringBuilder clean = new();
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (count++ == most)
            {
                break;
            }

            // A backslash would begin another value of a short text.
            Rune written =
                Rune.IsControl(rune) && !(isParagraph && rune.Value is ('\r' or '\n')) ? new Rune(' ')
                : rune.Value == '\\' && representation is ("SH" or "LO") ? new Rune('/')
                : rune;
            clean.Append(written.ToString());
        }

        return clean.ToString().TrimEnd(' ');
    }
}
