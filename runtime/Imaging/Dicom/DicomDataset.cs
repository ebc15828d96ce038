using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>The kept attributes of a data set (or of a sequence's item), little endian.</summary>
internal sealed class DicomDataset
{
    private const int LongestText = 256;

    private readonly Dictionary<uint, ReadOnlyMemory<byte>> _values = [];
    private readonly Dictionary<uint, string> _representations = [];
    private readonly Dictionary<uint, IReadOnlyList<DicomDataset>> _sequences = [];

    /// <summary>Whether the pixel data are compressed (an undefined length).</summary>
    public bool Encapsulated { get; set; }

    /// <summary>The first fragment of the compressed picture (for several frames: of the first); empty where there is none.</summary>
    public ReadOnlyMemory<byte> FirstFragment { get; set; }

    /// <summary>All fragments of the compressed picture, with their heads and the end mark; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Fragments { get; set; }

    /// <summary>Stores a value in the place of any other.</summary>
    public void Replace(uint tag, string representation, ReadOnlyMemory<byte> value)
    {
        _values[tag] = value;
        _representations[tag] = representation;
    }

    /// <summary>A tag that is there twice with different values, which it may not be, or null.</summary>
    public uint? Contradiction { get; private set; }

    /// <summary>Stores a value; the first one of a tag wins, as tags may not repeat.</summary>
    public void Add(uint tag, string representation, ReadOnlyMemory<byte> value)
    {
        if (_values.TryAdd(tag, value))
        {
            _representations[tag] = representation;
        }
        else if (!value.IsEmpty && Has(tag) && !Bytes(tag).Span.SequenceEqual(value.Span))
        {
            Contradiction ??= tag;
        }
    }

    /// <summary>Stores a sequence's items.</summary>
    public void Add(uint tag, IReadOnlyList<DicomDataset> items) => _sequences.TryAdd(tag, items);

    /// <summary>Raw bytes; empty when absent.</summary>
    public ReadOnlyMemory<byte> Bytes(uint tag) => _values.GetValueOrDefault(tag);

    /// <summary>Whether the attribute is there and has a value.</summary>
    public bool Has(uint tag) => !Bytes(tag).IsEmpty;

    /// <summary>The value representation (<c>US</c>, ...); empty in implicit files.</summary>
    public string Representation(uint tag) => _representations.GetValueOrDefault(tag, "");

    /// <summary>Items of a kept sequence.</summary>
    public IReadOnlyList<DicomDataset> Items(uint tag) => _sequences.GetValueOrDefault(tag, []);

    /// <summary>The n-th unsigned 16-bit number, or null.</summary>
    public int? UInt16(uint tag, int index = 0)
    {
        ReadOnlySpan<byte> bytes = Bytes(tag).Span;
        return bytes.Length >= (index + 1) * 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(index * 2)..]) : null;
    }

    /// <summary>The n-th signed 16-bit number, or null.</summary>
    public int? Int16(uint tag, int index = 0) => UInt16(tag, index) is { } value ? (short)value : null;

    /// <summary>The values of a text attribute (separated by backslashes), trimmed; long ones are cut.</summary>
    public IReadOnlyList<string> Texts(uint tag)
    {
        ReadOnlySpan<byte> bytes = Bytes(tag).Span;
        if (bytes.IsEmpty)
        {
            return [];
        }

        string text = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, LongestText)]);
        return [.. text.Split('\\').Select(value => value.Trim(' ', '\0', '\t', '\r', '\n'))];
    }

    /// <summary>The first text value in upper case, or an empty string.</summary>
    public string Code(uint tag) => Texts(tag).FirstOrDefault("").ToUpperInvariant();

    /// <summary>The n-th number of a decimal or integer string, or null when it is absent or no finite number.</summary>
    public double? Number(uint tag, int index = 0)
    {
        string text = Texts(tag).ElementAtOrDefault(index) ?? "";
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : null;
    }
}
