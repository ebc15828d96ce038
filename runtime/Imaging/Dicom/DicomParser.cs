using System.Buffers.Binary;
using System.IO.Compression;
using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// Reads the elements of a little-endian DICOM file, explicit or implicit (PS3.5 chapter 7, PS3.10 chapter 7), and keeps the few that
/// decide how the pixels look. Every length is checked against the bytes that are there, nesting is bounded, and memory is only ever
/// sliced: a damaged or hostile file gives an error, never a large allocation.
/// </summary>
internal sealed class DicomParser
{
    private const int PreambleLength = 128;
    private const int DeepestNesting = 16;
    private const int DelimiterHead = 8;

    private readonly ReadOnlyMemory<byte> _content;
    private readonly string _name;
    private readonly List<string> _remarks;
    private readonly IReadOnlySet<uint> _besides;
    private int _position;
    private bool _explicitForm;
    private int _oddElements;

    private DicomParser(ReadOnlyMemory<byte> content, string name, List<string> remarks, IReadOnlySet<uint> besides)
    {
        _content = content;
        _name = name;
        _remarks = remarks;
        _besides = besides;
    }

    private ReadOnlySpan<byte> Bytes => _content.Span;

    /// <summary>Parses a file.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maxBytes">Most bytes that a deflated data set may have.</param>
    /// <param name="besides">Attributes that are kept besides those of the picture; null: none, least of all who the patient is.</param>
    /// <exception cref="InputException">The file ends early, or inflates to too much.</exception>
    /// <exception cref="DicomFormException">The data set is not written as the standard wants it.</exception>
    public static DicomFile Parse(ReadOnlyMemory<byte> content, string name, long maxBytes, IReadOnlySet<uint>? besides = null)
    {
        List<string> remarks = [];
        besides ??= new HashSet<uint>();
        DicomParser parser = new(content, name, remarks, besides);
        if (content.Length > PreambleLength + 4 && content.Span.Slice(PreambleLength, 4).SequenceEqual("DICM"u8))
        {
            parser._position = PreambleLength + 4;
        }

        string declared = parser.ReadMetaInformation();
        if (declared == TransferSyntaxes.ExplicitBigEndian)
        {
            return new DicomFile(declared, null, remarks);
        }

        if (declared == TransferSyntaxes.Deflated)
        {
            parser = new DicomParser(parser.Inflate(maxBytes), name, remarks, besides);
        }

        bool written = parser.FindForm(declared);
        string syntax =
            declared.Length > 0 ? declared
            : written ? TransferSyntaxes.ExplicitLittleEndian
            : TransferSyntaxes.ImplicitLittleEndian;
        DicomDataset dataset = parser.ReadDataset(parser._content.Length, depth: 0, inItem: false);
        if (dataset.Contradiction is { } twice)
        {
            throw Twice(name, twice);
        }

        if (parser._oddElements > 0)
        {
            remarks.Add(
                $"{parser._oddElements} element(s) of the DICOM file have an unknown value representation or another form; "
                    + "their lengths were found by trying"
            );
        }

        return new DicomFile(syntax, dataset, remarks);
    }

    private string ReadMetaInformation()
    {
        // The meta group is always explicit; a bare data set has none.
        _explicitForm = true;
        DicomDataset meta = new();
        bool any = false;
        while (_content.Length - _position >= DelimiterHead && ElementReader.TagAt(Bytes, _position) >> 16 == 0x0002)
        {
            any = true;
            ReadElement(meta, _content.Length, depth: 0);
        }

        string syntax = meta.Texts(DicomTag.TransferSyntax).FirstOrDefault("");
        if (any && syntax.Length == 0)
        {
            _remarks.Add("the DICOM file declares no transfer syntax; it was read in the form that it has");
        }

        return syntax;
    }

    /// <summary>Takes the declared form unless the first element makes sense in the other one only.</summary>
    /// <returns>Whether the data set is in explicit form.</returns>
    private bool FindForm(string declared)
    {
        if (_content.Length - _position >= DelimiterHead && ElementReader.TagAt(Bytes, _position) >> 16 is 0x0800 or 0x0200)
        {
            throw new DicomFormException($"its data set is written in big endian, the file declares {TransferSyntaxes.Describe(declared)}");
        }

        bool expected = declared != TransferSyntaxes.ImplicitLittleEndian && declared != TransferSyntaxes.PrivateGe;
        _explicitForm = ElementReader.IsExplicit(Bytes, _position, _content.Length, expected);
        if (_explicitForm != expected && declared.Length > 0)
        {
            _remarks.Add(
                $"the DICOM data set is written in {(_explicitForm ? "explicit" : "implicit")} form, which its transfer syntax "
                    + $"({TransferSyntaxes.Describe(declared)}) does not allow; it was read as it is written"
            );
        }

        return _explicitForm;
    }

    private byte[] Inflate(long maxBytes)
    {
        try
        {
            using MemoryStream packed = new(_content[_position..].ToArray(), writable: false);
            using DeflateStream inflater = new(packed, CompressionMode.Decompress);
            using MemoryStream plain = new();
            byte[] buffer = new byte[81_920];
            for (int read; (read = inflater.Read(buffer)) > 0; )
            {
                if (plain.Length + read > Math.Min(maxBytes, int.MaxValue / 2))
                {
                    throw new InputException($"{_name}: the deflated data set has more than {maxBytes:N0} bytes; give a single image");
                }

                plain.Write(buffer, 0, read);
            }

            return plain.ToArray();
        }
        catch (InvalidDataException)
        {
            throw new DicomFormException("its deflated data set cannot be inflated");
        }
    }

    private DicomDataset ReadDataset(int end, int depth, bool inItem)
    {
        if (depth > DeepestNesting)
        {
            throw new DicomFormException($"its sequences are nested deeper than {DeepestNesting}");
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
                if (end - _position >= DelimiterHead && ElementReader.TagAt(Bytes, _position) == DicomTag.PixelData)
                {
                    throw Twice(_name, DicomTag.PixelData);
                }

                return dataset;
            }
        }

        if (inItem)
        {
            throw EndsEarly(end, "inside a sequence item");
        }

        return dataset;
    }

    /// <summary>Reads one element and returns its tag.</summary>
    private uint ReadElement(DicomDataset dataset, int end, int depth)
    {
        int start = _position;
        if (end - start < DelimiterHead)
        {
            throw EndsEarly(end, "in the middle of an element");
        }

        uint tag = ElementReader.TagAt(Bytes, start);
        if (tag >> 16 == DicomTag.DelimiterGroup)
        {
            (_, uint delimiterLength) = ReadDelimiter(end);
            if (tag != DicomTag.ItemDelimiter || delimiterLength != 0 || depth == 0)
            {
                throw new DicomFormException($"{DicomTag.Text(tag)} at byte {start} does not belong there");
            }

            return tag;
        }

        ElementHeader header = ElementReader.Read(Bytes, start, end, _explicitForm) ?? throw Unreadable(tag, start, end);
        _oddElements += header.Odd ? 1 : 0;
        _position = header.ValueAt;
        if (header.IsUndefined)
        {
            ReadUndefined(dataset, header, end, depth);
            return tag;
        }

        int next = _position + (int)header.Length;
        if (DicomTag.IsKeptSequence(tag))
        {
            dataset.Add(tag, ReadItems(next, depth, untilDelimiter: false, kept: true));
        }
        else if (DicomTag.IsKept(tag) || _besides.Contains(tag))
        {
            dataset.Add(tag, header.Representation, _content.Slice(_position, (int)header.Length));
        }

        _position = next;
        return tag;
    }

    private void ReadUndefined(DicomDataset dataset, ElementHeader header, int end, int depth)
    {
        // Only bytes in fragments have undefined lengths besides sequences; in implicit form only pixel data can be fragments.
        if (header.Tag == DicomTag.PixelData || header.Representation is "OB" or "OW" or "OF" or "OD" or "OL" or "OV")
        {
            bool picture = header.Tag == DicomTag.PixelData && depth == 0;
            dataset.Encapsulated |= picture;
            SkipFragments(end, picture ? dataset : null);
            if (picture)
            {
                dataset.Fragments = _content[header.ValueAt.._position];
            }

            return;
        }

        // PS3.5 6.2.2: an unknown value of undefined length is a sequence in implicit form, whatever the file's own form is.
        bool outer = _explicitForm;
        _explicitForm &= header.Representation != "UN";
        bool kept = DicomTag.IsKeptSequence(header.Tag);
        List<DicomDataset> items = ReadItems(end, depth, untilDelimiter: true, kept);
        _explicitForm = outer;
        if (kept)
        {
            dataset.Add(header.Tag, items);
        }
    }

    /// <summary>Goes over fragments.</summary>
    /// <param name="end">Where they end at the latest.</param>
    /// <param name="picture">The data set whose picture they are, or null for an icon.</param>
    private void SkipFragments(int end, DicomDataset? picture)
    {
        for (int number = 0; ; number++)
        {
            if (_position == end && picture is not null)
            {
                _remarks.Add("the compressed pixel data have no end mark");
                return;
            }

            int start = _position;
            (uint tag, uint length) = ReadDelimiter(end);
            if (tag == DicomTag.SequenceDelimiter)
            {
                return;
            }

            if (tag != DicomTag.Item || length == ElementHeader.UndefinedLength)
            {
                throw new DicomFormException($"{DicomTag.Text(tag)} at byte {start} where a fragment of pixel data should be");
            }

            if (length > (uint)(end - _position))
            {
                throw EndsEarly(end, "inside its compressed pixel data");
            }

            if (picture is not null && number == 1)
            {
                picture.FirstFragment = _content.Slice(_position, (int)length);
            }

            _position += (int)length;
        }
    }

    /// <summary>Reads a sequence's items; those of known length are only read where they are kept, whatever is in the others.</summary>
    private List<DicomDataset> ReadItems(int end, int depth, bool untilDelimiter, bool kept)
    {
        List<DicomDataset> items = [];
        bool outer = _explicitForm;
        while (untilDelimiter || _position < end)
        {
            int start = _position;
            (uint tag, uint length) = ReadDelimiter(end);
            if (tag == DicomTag.SequenceDelimiter)
            {
                break;
            }

            if (tag != DicomTag.Item)
            {
                throw new DicomFormException($"{DicomTag.Text(tag)} at byte {start} where a sequence item should be");
            }

            bool undefined = length == ElementHeader.UndefinedLength;
            if (!undefined && length > (uint)(end - _position))
            {
                throw EndsEarly(end, $"inside the sequence item at byte {start}");
            }

            int next = undefined ? end : _position + (int)length;
            if (undefined || kept)
            {
                _explicitForm = ElementReader.IsExplicit(Bytes, _position, next, outer);
                items.Add(ReadDataset(next, depth + 1, inItem: undefined));
            }

            if (!undefined)
            {
                _position = next;
            }
        }

        _explicitForm = outer;
        return items;
    }

    private (uint Tag, uint Length) ReadDelimiter(int end)
    {
        if (end - _position < DelimiterHead)
        {
            throw EndsEarly(end, "inside a sequence");
        }

        (uint, uint) read = (ElementReader.TagAt(Bytes, _position), BinaryPrimitives.ReadUInt32LittleEndian(Bytes[(_position + 4)..]));
        _position += DelimiterHead;
        return read;
    }

    private Exception Unreadable(uint tag, int start, int end) =>
        ElementReader.IsUsual(Bytes, start, _explicitForm)
            ? EndsEarly(end, $"inside element {DicomTag.Text(tag)} at byte {start}")
            : new DicomFormException($"element {DicomTag.Text(tag)} at byte {start} has no value representation, and no length fits");

    private static InputException Twice(string name, uint tag) =>
        new(
            $"{name}: damaged DICOM file: {DicomTag.Text(tag)} is there twice, and which one holds is not known; take the file from where "
                + "it was made"
        );

    /// <summary>Only the end of the file means that bytes are missing; the end of an item inside it is a matter of form.</summary>
    private Exception EndsEarly(int end, string where) =>
        end == _content.Length
            ? new InputException($"{_name}: damaged DICOM file: it ends at byte {end} {where}; transfer it again")
            : new DicomFormException($"an item ends at byte {end} {where}");
}
