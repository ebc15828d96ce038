using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>Writes small DICOM files for tests: a gray ramp unless pixels are given.</summary>
internal sealed class DicomFileBuilder
{
    public const string Implicit = "1.2.840.10008.1.2";
    public const string Explicit = "1.2.840.10008.1.2.1";

    public const string BigEndian = "1.2.840.10008.1.2.2";
    public const string Deflated = "1.2.840.10008.1.2.1.99";
    public const string Jpeg = "1.2.840.10008.1.2.4.50";

    private const string Whole = "whole element";

    private static readonly byte[] ItemHead = [0xFE, 0xFF, 0x00, 0xE0];
    private static readonly byte[] SequenceEnd = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

    private readonly SortedDictionary<uint, (string Representation, byte[] Value)> _elements = [];

    public DicomFileBuilder(int width = 48, int height = 40, int allocated = 16, int stored = 12)
    {
        Width = width;
        Height = height;
        Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1.1\0")
            .Text(0x0008_0060, "CS", "DX")
            .Text(0x0010_0010, "PN", "Planted^Name")
            .Text(0x0018_0015, "CS", "CHEST")
            .Number(0x0028_0002, 1)
            .Text(0x0028_0004, "CS", "MONOCHROME2")
            .Number(0x0028_0010, height)
            .Number(0x0028_0011, width)
            .Number(0x0028_0100, allocated)
            .Number(0x0028_0101, stored)
            .Number(0x0028_0102, stored - 1)
            .Number(0x0028_0103, 0);
        Pixels([.. Enumerable.Range(0, width * height).Select(i => i)]);
    }

    public string TransferSyntax { get; init; } = Explicit;

    /// <summary>The form that the data set is written in, where it is not the declared one.</summary>
    public string? Written { get; init; }

    public bool Preamble { get; init; } = true;

    /// <summary>What lies before DICM; at most 128 bytes.</summary>
    public byte[] PreambleBytes { get; init; } = [];

    public int Width { get; }

    public int Height { get; }

    public DicomFileBuilder Text(uint tag, string representation, string value) =>
        Raw(tag, representation, Encoding.Latin1.GetBytes(value));

    public DicomFileBuilder Number(uint tag, int value, string representation = "US") => Raw(tag, representation, Words([value]));

    public DicomFileBuilder Raw(uint tag, string representation, byte[] value)
    {
        _elements[tag] = (representation, value.Length % 2 == 0 ? value : [.. value, (byte)(representation is "UI" or "OB" ? 0 : ' ')]);
        return this;
    }

    public DicomFileBuilder Without(uint tag)
    {
        _elements.Remove(tag);
        return this;
    }

    public DicomFileBuilder Pixels(IReadOnlyList<int> values)
    {
        bool words = BinaryPrimitives.ReadUInt16LittleEndian(_elements[0x0028_0100].Value) == 16;
        return Raw(0x7FE0_0010, words ? "OW" : "OB", words ? Words(values) : [.. values.Select(value => (byte)value)]);
    }

    /// <summary>An element with all its bytes, head included.</summary>
    public DicomFileBuilder Bytes(uint tag, params byte[] bytes)
    {
        _elements[tag] = (Whole, bytes);
        return this;
    }

    /// <summary>Compressed pixel data: an empty offset table and one fragment.</summary>
    public DicomFileBuilder Encapsulated(byte[] stream) => Raw(0x7FE0_0010, "OB undefined", Fragments(stream));

    /// <summary>Fragments with their delimiter, as the value of an element of undefined length.</summary>
    public static byte[] Fragments(byte[] stream)
    {
        byte[] even = stream.Length % 2 == 0 ? stream : [.. stream, 0];
        return [.. ItemHead, 0, 0, 0, 0, .. ItemHead, .. Length((uint)even.Length), .. even, .. SequenceEnd];
    }

    /// <summary>One item, as the value of a sequence.</summary>
    public static byte[] Item(byte[] content, bool undefinedLength) =>
        undefinedLength
            ? [.. ItemHead, .. Length(uint.MaxValue), .. content, 0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, .. SequenceEnd]
            : [.. ItemHead, .. Length((uint)content.Length), .. content];

    /// <summary>A lookup table sequence with one item.</summary>
    public DicomFileBuilder Table(uint sequence, int first, int bits, IReadOnlyList<int> entries, bool undefinedLength = false)
    {
        List<byte> item =
        [
            .. Element(0x0028_3002, "US", Words([entries.Count, first, bits])),
            .. Element(0x0028_3006, "OW", Words(entries)),
        ];
        byte[] start = [0xFE, 0xFF, 0x00, 0xE0];
        byte[] value = undefinedLength
            ? [.. start, .. Length(uint.MaxValue), .. item, 0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
            : [.. start, .. Length((uint)item.Count), .. item];
        _elements[sequence] = (undefinedLength ? "SQ undefined" : "SQ", value);
        return this;
    }

    public byte[] Build()
    {
        List<byte> file = [];
        if (Preamble)
        {
            byte[] syntax = Encoding.Latin1.GetBytes(TransferSyntax.Length % 2 == 0 ? TransferSyntax : TransferSyntax + "\0");
            file.AddRange([.. PreambleBytes, .. new byte[128 - PreambleBytes.Length], .. "DICM"u8]);
            file.AddRange([0x02, 0x00, 0x10, 0x00, .. "UI"u8, .. Words([syntax.Length]), .. syntax]);
        }

        byte[] dataset = [.. _elements.SelectMany(element => Element(element.Key, element.Value.Representation, element.Value.Value))];
        return [.. file, .. TransferSyntax == Deflated ? Deflate(dataset) : dataset];
    }

    public static byte[] Words(IEnumerable<int> values)
    {
        List<byte> bytes = [];
        foreach (int value in values)
        {
            bytes.AddRange([(byte)value, (byte)(value >> 8)]);
        }

        return [.. bytes];
    }

    private static byte[] Length(uint length) => [(byte)length, (byte)(length >> 8), (byte)(length >> 16), (byte)(length >> 24)];

    private static byte[] Deflate(byte[] plain)
    {
        using MemoryStream packed = new();
        using (DeflateStream stream = new(packed, CompressionLevel.Fastest))
        {
            stream.Write(plain);
        }

        return packed.ToArray();
    }

    /// <summary>An element in the form of this file.</summary>
    public byte[] Element(uint tag, string representation, byte[] value)
    {
        if (representation == Whole)
        {
            return value;
        }

        string form = Written ?? TransferSyntax;
        byte[] head = [(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8)];
        uint length = representation.EndsWith("undefined", StringComparison.Ordinal) ? uint.MaxValue : (uint)value.Length;
        byte[] shortLength = [(byte)length, (byte)(length >> 8)];
        byte[] longLength = Length(length);
        if (form == Implicit)
        {
            return [.. head, .. longLength, .. value];
        }

        if (form == BigEndian)
        {
            (head, shortLength, longLength) = (Swap(head, 2), Swap(shortLength, 2), Swap(longLength, 4));
            value = representation is "US" or "SS" or "OW" ? Swap(value, 2) : value;
        }

        byte[] letters = [(byte)representation[0], (byte)representation[1]];
        return representation[..2] is "OB" or "OW" or "SQ" or "UN" or "UT"
            ? [.. head, .. letters, 0, 0, .. longLength, .. value]
            : [.. head, .. letters, .. shortLength, .. value];
    }

    private static byte[] Swap(byte[] bytes, int size) => [.. bytes.Chunk(size).SelectMany(part => part.Reverse())];
}
