using System.Buffers.Binary;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>Parts of PNG files that no encoder would write.</summary>
internal static class PngFileBuilder
{
    /// <summary>A file that ends after its header and an empty picture.</summary>
    public static byte[] Header(int width, int height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, [0x78, 0x9C, 0x03, 0x00])];
    }

    /// <summary>Length, type, data, checksum.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        byte[] body = [.. type, .. data];
        uint checksum = 0xFFFF_FFFF;
        foreach (byte value in body)
        {
            checksum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                checksum = (checksum >> 1) ^ ((checksum & 1) * 0xEDB8_8320);
            }
        }

        byte[] end = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(end, ~checksum);
        return [.. length, .. body, .. end];
    }
}
