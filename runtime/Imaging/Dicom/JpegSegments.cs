using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>The segments of a JPEG or JPEG-LS stream that stand before its first scan (ISO/IEC 10918-1 B.1.1).</summary>
internal ref struct JpegSegments
{
    private const int StartOfScan = 0xDA;

    private readonly ReadOnlySpan<byte> _stream;
    private int _at;

    /// <summary>Begins at the start of a stream; one of another kind has no segments.</summary>
    /// <param name="stream">The start of the stream; it may end anywhere.</param>
    public JpegSegments(ReadOnlySpan<byte> stream)
    {
        _stream = stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? stream : [];
        _at = 2;
    }

    /// <summary>Second byte of the segment's marker.</summary>
    public byte Marker { get; private set; }

    /// <summary>What stands behind the segment's length, as far as the stream goes.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Whether it is a frame header: precision, height, width, then the components.</summary>
    public readonly bool IsFrame => Marker is 0xC0 or 0xC1 or 0xC2 or 0xC3 or 0xF7;

    /// <summary>Goes to the next segment; false where there is none.</summary>
    public bool Next()
    {
        if (_at + 4 > _stream.Length || _stream[_at] != 0xFF || _stream[_at + 1] == StartOfScan)
        {
            return false;
        }

        Marker = _stream[_at + 1];
        int length = BinaryPrimitives.ReadUInt16BigEndian(_stream[(_at + 2)..]);
        Body = _stream[(_at + 4)..Math.Clamp(_at + 2 + length, _at + 4, _stream.Length)];
        _at += 2 + length;
        return true;
    }
}
