using System.Buffers.Binary;
using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// Reads the elements of a little-endian DICOM file, explicit or implicit (PS3.5 chapter 7, PS3.10 chapter 7), and keeps the few that
/// decide how the pixels look. Every length is checked against the bytes that are there, nesting is bounded, and memory is only ever
/// sliced: a damaged or hostile file gives an error, never a large allocation.
/// </summary>
internal sealed class DicomParser
{
    /// <summary>Implicit little endian, uncompressed.</summary>
    public const string ImplicitLittleEndian = "1.2.840.10008.1.2";

    /// <summary>Explicit little endian, uncompressed.</summary>
    public const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    private const string DeflatedLittleEndian = "1.2.840.10008.1.2.1.99";
    private const string ExplicitBigEndian = "1.2.840.10008.1.2.2";
    private const int PreambleLength = 128;
    private const int DeepestNesting = 16;
    private const uint UndefinedLength = uint.MaxValue;

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

    private readonly ReadOnlyMemory<byte> _content;
    private readonly string _name;
    private int _position;
    private bool _explicitRepresentation;

    private DicomParser(ReadOnlyMemory<byte> content, string name)
    {
        _content = content;
        _name = name;
    }

    /// <summary>Parses a file.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <returns>The transfer syntax, and the data set; null where the syntax (deflated, big endian) has to be converted first.</returns>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static (string TransferSyntax, DicomDataset? Dataset) Parse(ReadOnlyMemory<byte> content, string name)
    {
        DicomParser parser = new(content, name);
        if (content.Length > PreambleLength + 4 && content.Span.Slice(PreambleLength, 4).SequenceEqual("DICM"u8))
        {
            parser._position = PreambleLength + 4;
        }

        string syntax = parser.ReadMetaInformation();
        if (syntax is DeflatedLittleEndian or ExplicitBigEndian)
        {
            return (syntax, null);
        }

        return (syntax, parser.ReadDataset(content.Length, depth: 0, inItem: false));
    }

    private string ReadMetaInformation()
    {
        // The meta group is always explicit; a bare data set has none, and shows its own form by two upper-case letters.
        _explicitRepresentation = true;
        DicomDataset meta = new();
        bool any = false;
        while (_content.Length - _position >= 8 && PeekGroup() == 0x0002)
        {
            any = true;
            ReadElement(meta, _content.Length, depth: 0);
        }

        string syntax = meta.Texts(DicomTag.TransferSyntax).FirstOrDefault("");
        if (!any || syntax.Length == 0)
        {
            _explicitRepresentation = _content.Length - _position >= 6 && IsRepresentation(_content.Span.Slice(_position + 4, 2));
            return _explicitRepresentation ? ExplicitLittleEndian : ImplicitLittleEndian;
        }

        _explicitRepresentation = syntax != ImplicitLittleEndian;
        return syntax;
    }

    private DicomDataset ReadDataset(int end, int depth, bool inItem)
    {
        if (depth > DeepestNesting)
        {
            throw Damaged($"sequences nested deeper than {DeepestNesting}");
        }

        DicomDataset dataset = new();
        while (_position < end)
        {
            uint tag = ReadElement(dataset, end, depth);
            if (inItem && tag == DicomTag.ItemDelimiter)
            {
                return dataset;
            }

            if (tag == DicomTag.PixelData && depth == 0)
            {
                break;
            }
        }

        return dataset;
    }

    /// <summary>Reads one element and returns its tag.</summary>
    private uint ReadElement(DicomDataset dataset, int end, int depth)
    {
        int start = _position;
        uint tag = ReadTag(end);
        if (tag is DicomTag.Item or DicomTag.ItemDelimiter or DicomTag.SequenceDelimiter)
        {
            uint delimiterLength = ReadUInt32(end);
            if (tag != DicomTag.ItemDelimiter || delimiterLength != 0)
            {
                throw Damaged($"{DicomTag.Text(tag)} at byte {start} does not belong there");
            }

            return tag;
        }

        string representation = "";
        uint length;
        if (_explicitRepresentation)
        {
            Require(2, end);
            ReadOnlySpan<byte> letters = _content.Span.Slice(_position, 2);
            if (!IsRepresentation(letters))
            {
                throw Damaged($"element {DicomTag.Text(tag)} at byte {start} has no value representation");
            }

            representation = string.Create(
                2,
                (letters[0], letters[1]),
                static (text, pair) => (text[0], text[1]) = ((char)pair.Item1, (char)pair.Item2)
            );
            _position += 2;
            if (LongRepresentations.Contains(representation))
            {
                Require(2, end);
                _position += 2;
                length = ReadUInt32(end);
            }
            else
            {
                Require(2, end);
                length = BinaryPrimitives.ReadUInt16LittleEndian(_content.Span[_position..]);
                _position += 2;
            }
        }
        else
        {
            length = ReadUInt32(end);
        }

        if (length == UndefinedLength)
        {
            if (tag == DicomTag.PixelData)
            {
                dataset.Encapsulated = true;
                _position = end;
                return tag;
            }

            // PS3.5 6.2.2: an unknown value of undefined length is a sequence in implicit form, whatever the file's own form is.
            bool outer = _explicitRepresentation;
            _explicitRepresentation &= representation != "UN";
            AddItems(dataset, tag, ReadItems(end, depth, untilDelimiter: true));
            _explicitRepresentation = outer;
            return tag;
        }

        if (length > (uint)(end - _position))
        {
            throw Damaged($"element {DicomTag.Text(tag)} at byte {start} wants {length} bytes, {end - _position} are left");
        }

        int next = _position + (int)length;
        if (DicomTag.IsKeptSequence(tag))
        {
            AddItems(dataset, tag, ReadItems(next, depth, untilDelimiter: false));
        }
        else if (DicomTag.IsKept(tag))
        {
            dataset.Add(tag, representation, _content.Slice(_position, (int)length));
        }

        _position = next;
        return tag;
    }

    private List<DicomDataset> ReadItems(int end, int depth, bool untilDelimiter)
    {
        List<DicomDataset> items = [];
        while (untilDelimiter || _position < end)
        {
            int start = _position;
            uint tag = ReadTag(end);
            uint length = ReadUInt32(end);
            if (tag == DicomTag.SequenceDelimiter && untilDelimiter)
            {
                return items;
            }

            if (tag != DicomTag.Item)
            {
                throw Damaged($"{DicomTag.Text(tag)} at byte {start} where a sequence item should be");
            }

            if (length == UndefinedLength)
            {
                items.Add(ReadDataset(end, depth + 1, inItem: true));
            }
            else
            {
                if (length > (uint)(end - _position))
                {
                    throw Damaged($"sequence item at byte {start} wants {length} bytes, {end - _position} are left");
                }

                int next = _position + (int)length;
                items.Add(ReadDataset(next, depth + 1, inItem: false));
                _position = next;
            }
        }

        return items;
    }

    private static void AddItems(DicomDataset dataset, uint tag, List<DicomDataset> items)
    {
        if (DicomTag.IsKeptSequence(tag))
        {
            dataset.Add(tag, items);
        }
    }

    private static bool IsRepresentation(ReadOnlySpan<byte> letters) =>
        char.IsAsciiLetterUpper((char)letters[0]) && char.IsAsciiLetterUpper((char)letters[1]);

    private int PeekGroup() => BinaryPrimitives.ReadUInt16LittleEndian(_content.Span[_position..]);

    private uint ReadTag(int end)
    {
        Require(4, end);
        ReadOnlySpan<byte> bytes = _content.Span[_position..];
        _position += 4;
        return ((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
    }

    private uint ReadUInt32(int end)
    {
        Require(4, end);
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(_content.Span[_position..]);
        _position += 4;
        return value;
    }

    private void Require(int bytes, int end)
    {
        if (end - _position < bytes)
        {
            throw Damaged($"it ends at byte {end} in the middle of an element");
        }
    }

    private InputException Damaged(string what) => new($"{_name}: damaged DICOM file: {what}; transfer it again");
}
