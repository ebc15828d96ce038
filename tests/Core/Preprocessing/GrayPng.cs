using System.Buffers.Binary;
using System.IO.Compression;
using CxrOnnx.Core.Preprocessing;
using Xunit;

namespace CxrOnnx.Core.Tests.Preprocessing;

/// <summary>
/// Just enough PNG for the reference images: 8-bit grayscale, not interlaced. Keeps this project free of native image libraries.
/// </summary>
internal static class GrayPng
{
    public static GrayImage Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int width = 0;
        int height = 0;
        using MemoryStream compressed = new();
        for (int at = 8; at < file.Length; )
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            ReadOnlySpan<byte> type = file.AsSpan(at + 4, 4);
            ReadOnlySpan<byte> data = file.AsSpan(at + 8, length);
            if (type.SequenceEqual("IHDR"u8))
            {
                width = BinaryPrimitives.ReadInt32BigEndian(data);
                height = BinaryPrimitives.ReadInt32BigEndian(data[4..]);
                Assert.Equal<byte>([8, 0, 0, 0, 0], data[8..13].ToArray());
            }

            if (type.SequenceEqual("IDAT"u8))
            {
                compressed.Write(data);
            }

            at += length + 12;
        }

        compressed.Position = 0;
        using ZLibStream inflate = new(compressed, CompressionMode.Decompress);
        byte[] above = new byte[width + 1];
        byte[] row = new byte[width + 1]; // [0] is the pixel left of the first one: 0
        float[] pixels = new float[width * height];
        for (int y = 0; y < height; y++)
        {
            int filter = inflate.ReadByte();
            inflate.ReadExactly(row.AsSpan(1));
            for (int x = 1; x <= width; x++)
            {
                int predictor = filter switch
                {
                    0 => 0,
                    1 => row[x - 1],
                    2 => above[x],
                    3 => (row[x - 1] + above[x]) / 2,
                    4 => Paeth(row[x - 1], above[x], above[x - 1]),
                    _ => throw new InvalidDataException($"PNG filter {filter}"),
                };
                row[x] = (byte)(row[x] + predictor);
                pixels[(y * width) + x - 1] = row[x] / 255f;
            }

            (row, above) = (above, row);
            row[0] = 0;
        }

        return new GrayImage(width, height, pixels);
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        int estimate = left + up - upLeft;
        int a = Math.Abs(estimate - left);
        int b = Math.Abs(estimate - up);
        int c = Math.Abs(estimate - upLeft);
        return a <= b && a <= c ? left
            : b <= c ? up
            : upLeft;
    }
}
