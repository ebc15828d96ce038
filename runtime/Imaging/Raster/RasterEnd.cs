using System.Buffers.Binary;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Raster;

/// <summary>Whether the bytes of a PNG or JPEG file reach to its end: found by walking over its parts, without decoding a pixel.</summary>
internal static class RasterEnd
{
    private const int PngSignatureLength = 8;

    // Length and type before the data, a checksum behind it (ISO/IEC 15948 5.3).
    private const int ChunkHead = 8;
    private const int ChunkTail = 4;

    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    /// <summary>Whether the file seems to reach to the end of its picture; where not, decoding it tells.</summary>
    public static bool SeemsWhole(ReadOnlySpan<byte> content, RadiographFormat format) =>
        format switch
        {
            RadiographFormat.Png => IsWholePng(content),
            RadiographFormat.Jpeg => IsWholeJpeg(content),
            _ => true,
        };

    /// <summary>Whether no chunk of picture data runs past the end; what lacks behind them is left to the decoder.</summary>
    private static bool IsWholePng(ReadOnlySpan<byte> content)
    {
        long at = PngSignatureLength;
        while (at + ChunkHead <= content.Length)
        {
            ReadOnlySpan<byte> head = content.Slice((int)at, ChunkHead);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (head[4..].SequenceEqual("IDAT"u8) && at + ChunkHead + length > content.Length)
            {
                return false;
            }

            at += ChunkHead + (long)length + ChunkTail;
        }

        return true;
    }

    /// <summary>Whether an end-of-image marker follows the first scan; within a scan FF is escaped (ISO/IEC 10918-1 B.1.1).</summary>
    private static bool IsWholeJpeg(ReadOnlySpan<byte> content)
    {
        int at = 2;
        while (at + 4 <= content.Length && content[at] == 0xFF && content[at + 1] != StartOfScan)
        {
            // Any number of FF may stand before a marker.
            at += content[at + 1] == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(content[(at + 2)..]);
        }

        return at < content.Length && content[at..].IndexOf((ReadOnlySpan<byte>)[0xFF, EndOfImage]) >= 0;
    }
}
