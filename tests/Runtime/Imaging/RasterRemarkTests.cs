using System.Buffers.Binary;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>What PNG, JPEG and TIFF files say besides their samples.</summary>
[Trait("Category", "quick")]
public sealed class RasterRemarkTests : IDisposable
{
    private const int Width = 48;
    private const int Height = 40;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Image Gray() =>
        Image.NewFromMemory<byte>(
            [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i % 240))],
            Width,
            Height,
            1,
            Enums.BandFormat.Uchar
        );

    private static IReadOnlyList<string> Warnings(byte[] content) => RadiographReader.Read(content, "image").Provenance.Warnings;

    // Programs that write metadata into a finished file put the chunk behind the picture's data.
    [Theory]
    [InlineData(true, 2, ImageOrientation.MirrorHorizontally)]
    [InlineData(false, 6, ImageOrientation.Rotate90)]
    [InlineData(true, 1, ImageOrientation.Upright)]
    [InlineData(false, 9, ImageOrientation.Upright)]
    public void Read_PngOrientationBehindTheData_IsFollowed(bool little, int value, ImageOrientation expected)
    {
        byte[] exif = little
            ? [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)value, 0, 0, 0, 0, 0, 0, 0]
            : [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)value, 0, 0, 0, 0, 0, 0];
        byte[] file = WithChunk(Gray().PngsaveBuffer(keep: Enums.ForeignKeep.None), "eXIf", exif);

        Radiograph read = RadiographReader.Read(file, "image");

        Assert.Equal(expected, read.Provenance.Orientation);
        Assert.Equal(expected == ImageOrientation.Rotate90 ? new ImageSize(Height, Width) : new ImageSize(Width, Height), read.Image.Size);
        Assert.Equal(read.Image.Size, RadiographReader.Check(_folder.Write("image.png", file)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(20)]
    public void Read_PngWithBrokenExif_IsUpright(int bytes)
    {
        byte[] exif = [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 9, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 2, 0];

        Assert.Equal(
            ImageOrientation.Upright,
            RadiographReader
                .Read(WithChunk(Gray().PngsaveBuffer(keep: Enums.ForeignKeep.None), "eXIf", exif[..Math.Min(bytes, 17)]), "image")
                .Provenance.Orientation
        );
    }

    [Fact]
    public void Read_AnimatedPng_IsSaid()
    {
        byte[] control = [0, 0, 0, 3, 0, 0, 0, 0];

        Assert.Contains(
            Warnings(WithChunk(Gray().PngsaveBuffer(keep: Enums.ForeignKeep.None), "acTL", control)),
            warning => warning.Contains("an animation of 3 pictures", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(2.0, true)]
    [InlineData(1.0, false)]
    public void Read_ResolutionThatDiffersByDirection_IsSaid(double factor, bool said)
    {
        Image image = Gray().Copy(xres: 4 * factor, yres: 4);

        Assert.All(
            (byte[][])[image.PngsaveBuffer(), image.TiffsaveBuffer(), image.JpegsaveBuffer()],
            file =>
                Assert.Equal(said, Warnings(file).Any(warning => warning.StartsWith("the pixels are not square", StringComparison.Ordinal)))
        );
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(60, true)]
    [InlineData(Width * Height, true)]
    public void Read_ColouredPixels_AreSaid(int coloured, bool said)
    {
        byte[] samples =
        [
            .. Enumerable.Range(0, Width * Height).SelectMany(i => i < coloured ? [255, (byte)(i % 200), 0] : Repeated((byte)(i % 240))),
        ];
        Image image = Image
            .NewFromMemory(samples, Width, Height, 3, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);

        Assert.All(
            (byte[][])[image.PngsaveBuffer(), image.TiffsaveBuffer()],
            file =>
                Assert.Equal(
                    said,
                    Warnings(file).Any(warning => warning.Contains("% of the pixels are coloured", StringComparison.Ordinal))
                )
        );
    }

    private static byte[] Repeated(byte value) => [value, value, value];

    /// <summary>Puts a chunk before the end chunk.</summary>
    private static byte[] WithChunk(byte[] png, string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        byte[] length = new byte[4];
        byte[] checksum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc(body));
        return [.. png[..^12], .. length, .. body, .. checksum, .. png[^12..]];
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
