using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Raster;

/// <summary>
/// Chunks of a PNG file that say something of the whole picture but may lie behind its data, where libvips, which reads the header only,
/// does not see them.
/// </summary>
internal static class PngChunks
{
    private const int SignatureLength = 8;

    // Length and type before the data, a checksum behind it (ISO/IEC 15948 5.3).
    private const int Head = 8;
    private const int Tail = 4;

    private const int OrientationTag = 0x0112;
    private const int ShortType = 3;

    /// <summary>The EXIF orientation of the chunk <c>eXIf</c>, wherever it lies; null where there is none.</summary>
    public static int? Orientation(ReadOnlySpan<byte> content) =>
        Find(content, "eXIf"u8) is { Length: > 8 } exif ? OrientationOf(exif) : null;

    /// <summary>Frames of an animation (<c>acTL</c>); 1 where it is none.</summary>
    public static uint Frames(ReadOnlySpan<byte> content) =>
        Find(content, "acTL"u8) is { Length: >= 4 } animation ? BinaryPrimitives.ReadUInt32BigEndian(animation) : 1;

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> content, ReadOnlySpan<byte> type)
    {
        for (long at = SignatureLength; at + Head <= content.Length; )
        {
            ReadOnlySpan<byte> head = content.Slice((int)at, Head);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (head[4..].SequenceEqual(type))
            {
                return at + Head + length <= content.Length ? content.Slice((int)at + Head, (int)length) : [];
            }

            at += Head + (long)length + Tail;
        }

        return [];
    }

    private static int? OrientationOf(ReadOnlySpan<byte> exif)
    {
        bool little = exif[0] == (byte)'I';
        ushort Short(ReadOnlySpan<byte> at) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
        uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory + 2L > exif.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> entries = exif[(int)directory..];
        int count = Short(entries);
        for (int at = 2; count > 0 && at + 12 <= entries.Length; count--, at += 12)
        {
            if (Short(entries[at..]) == OrientationTag && Short(entries[(at + 2)..]) == ShortType)
            {
                return Short(entries[(at + 8)..]);
            }
        }

        return null;
    }
}
