using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>The size that a compressed stream itself gives its picture.</summary>
internal static class StreamSize
{
    private const int Jpeg2000HeaderLength = 24;

    /// <summary>Reads the size.</summary>
    /// <param name="stream">The start of the first fragment.</param>
    /// <returns>Width and height in pixels; null where the stream does not say (RLE never does).</returns>
    public static (long Width, long Height)? Of(ReadOnlySpan<byte> stream) =>
        stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]) ? OfJpeg2000(stream) : OfJpeg(stream);

    /// <summary>
    /// SIZ: marker, length, capabilities, then the reference grid's end and the picture's offset in it (ISO/IEC 15444-1 A.5.1).
    /// </summary>
    private static (long, long)? OfJpeg2000(ReadOnlySpan<byte> stream)
    {
        if (stream.Length < Jpeg2000HeaderLength)
        {
            return null;
        }

        long At(ReadOnlySpan<byte> bytes, int position) => BinaryPrimitives.ReadUInt32BigEndian(bytes[position..]);
        return (At(stream, 8) - At(stream, 16), At(stream, 12) - At(stream, 20));
    }

    /// <summary>A height of 0 comes later in the stream.</summary>
    private static (long, long)? OfJpeg(ReadOnlySpan<byte> stream)
    {
        JpegSegments segments = new(stream);
        while (segments.Next())
        {
            if (segments.IsFrame && segments.Body.Length >= 5)
            {
                int height = BinaryPrimitives.ReadUInt16BigEndian(segments.Body[1..]);
                int width = BinaryPrimitives.ReadUInt16BigEndian(segments.Body[3..]);
                return height > 0 && width > 0 ? (width, height) : null;
            }
        }

        return null;
    }
}
