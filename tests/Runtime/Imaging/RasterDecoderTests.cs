using System.Buffers.Binary;
using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "quick")]
public sealed class RasterDecoderTests
{
    private const int Width = 40;
    private const int Height = 36;

    private static byte[] Ramp8 { get; } = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i % 251))];

    private static Image Gray8() => Image.NewFromMemory(Ramp8, Width, Height, 1, Enums.BandFormat.Uchar);

    private static Image Gray16(Func<int, int> value) =>
        Image
            .NewFromMemory<ushort>(
                [.. Enumerable.Range(0, Width * Height).Select(i => (ushort)value(i))],
                Width,
                Height,
                1,
                Enums.BandFormat.Ushort
            )
            .Copy(interpretation: Enums.Interpretation.Grey16);

    private static Radiograph Read(byte[] content, string name = "image") => RadiographReader.Read(content, name);

    private static string Message(byte[] content, RadiographReaderOptions? options = null)
    {
        string message = Assert.Throws<InputException>(() => RadiographReader.Read(content, "image.png", options)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.StartsWith("image.png: ", message, StringComparison.Ordinal);
        return message;
    }

    [Fact]
    public void Read_Png8Gray_IsExact()
    {
        Radiograph radiograph = Read(Gray8().PngsaveBuffer());

        Assert.Equal((Width, Height), (radiograph.Image.Width, radiograph.Image.Height));
        Assert.Equal([.. Ramp8.Select(value => value / 255f)], radiograph.Image.Pixels, (a, b) => MathF.Abs(a - b) < 1e-6f);
        Assert.Equal(
            (RadiographFormat.Png, 8, "gray", ImageOrientation.Upright),
            (radiograph.Provenance.Format, radiograph.Provenance.Bits, radiograph.Provenance.Samples, radiograph.Provenance.Orientation)
        );
        Assert.Empty(radiograph.Provenance.Warnings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_SixteenBits_KeepsThem(bool tiff)
    {
        Image image = Gray16(i => i * 45);
        Radiograph radiograph = Read(tiff ? image.TiffsaveBuffer() : image.PngsaveBuffer());

        Assert.Equal(16, radiograph.Provenance.Bits);
        // Neighbouring levels of 8 bits are 4e-3 apart: 1e-6 shows that nothing was rounded to 8 bits.
        Assert.Equal(100 * 45 / 65535f, radiograph.Image.Pixels[100], 1e-6f);
    }

    [Theory]
    [InlineData(4095, 12, 4095)]
    [InlineData(1023, 10, 1023)]
    [InlineData(16383, 14, 16383)]
    [InlineData(3000, 12, 4095)]
    [InlineData(20000, 16, 65535)]
    public void Read_SixteenBitFileWithFewerBits_IsScaledByThemAndSaysSo(int largest, int bits, int white)
    {
        Radiograph radiograph = Read(Gray16(i => i == 7 ? largest : i % 200).PngsaveBuffer());

        Assert.Equal(bits, radiograph.Provenance.Bits);
        Assert.Equal(largest / (float)white, radiograph.Image.Pixels[7], 1e-6f);
        Assert.Equal(
            bits != 16,
            radiograph.Provenance.Warnings.Any(warning => warning.Contains($"white is {white}", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Read_RgbOfEqualChannels_EqualsGray()
    {
        Image rgb = Gray8().Bandjoin(Gray8(), Gray8()).Copy(interpretation: Enums.Interpretation.Srgb);

        Radiograph radiograph = Read(rgb.PngsaveBuffer());

        Assert.Equal(Read(Gray8().PngsaveBuffer()).Image.Pixels, radiograph.Image.Pixels);
        Assert.Equal("rgb", radiograph.Provenance.Samples);
    }

    [Fact]
    public void Read_RgbWithAlpha_WeighsColoursAndShowsBlackBehind()
    {
        byte[] pixels =
        [
            .. Enumerable
                .Range(0, Width * Height)
                .SelectMany(i =>
                    i == 0 ? new byte[] { 255, 0, 0, 255 }
                    : i == 1 ? [200, 200, 200, 51]
                    : [0, 255, 0, 255]
                ),
        ];
        Image image = Image.NewFromMemory(pixels, Width, Height, 4, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);

        Radiograph radiograph = Read(image.PngsaveBuffer());

        Assert.Equal("rgb+alpha", radiograph.Provenance.Samples);
        Assert.Equal([0.299f, 200 / 255f * 0.2f, 0.587f], radiograph.Image.Pixels[..3], (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Read_GrayWithAlpha_ShowsBlackBehind()
    {
        byte[] pixels =
        [
            .. Enumerable.Range(0, Width * Height).SelectMany(i => new byte[] { (byte)(i % 200), (byte)(i % 2 == 0 ? 255 : 0) }),
        ];
        Image image = Image.NewFromMemory(pixels, Width, Height, 2, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Bw);

        Radiograph radiograph = Read(image.PngsaveBuffer());

        Assert.Equal("gray+alpha", radiograph.Provenance.Samples);
        Assert.Equal(100 / 255f, radiograph.Image.Pixels[100], 1e-6f);
        Assert.Equal(0f, radiograph.Image.Pixels[101]);
    }

    [Fact]
    public void Read_PalettePng_IsExpanded()
    {
        Image steps = Image.NewFromMemory<byte>(
            [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i % 4 * 80))],
            Width,
            Height,
            1,
            Enums.BandFormat.Uchar
        );
        byte[] png = steps.Bandjoin(steps, steps).Copy(interpretation: Enums.Interpretation.Srgb).PngsaveBuffer(palette: true, dither: 0);
        Assert.Equal(3, png[25]); // the colour type in IHDR: a palette was really written

        Radiograph radiograph = Read(png);

        // Quantisation of the four colours may be off by one level.
        Assert.Equal([0f, 80 / 255f, 160 / 255f, 240 / 255f], radiograph.Image.Pixels[..4], (a, b) => MathF.Abs(a - b) < 1.5f / 255);
    }

    [Fact]
    public void Read_Jpeg_IsCloseAndGray()
    {
        Image smooth = Image.NewFromMemory<byte>(
            [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i / Width * 6))],
            Width,
            Height,
            1,
            Enums.BandFormat.Uchar
        );

        Radiograph radiograph = Read(smooth.JpegsaveBuffer(q: 95));

        Assert.Equal(RadiographFormat.Jpeg, radiograph.Provenance.Format);
        // JPEG at quality 95 is off by a few levels of 255.
        Assert.Equal(20 * 6 / 255f, radiograph.Image.Pixels[(20 * Width) + 7], 4f / 255);
    }

    [Fact]
    public void Read_TiffWithWhiteZero_IsTurnedRound()
    {
        Radiograph radiograph = Read(Gray8().TiffsaveBuffer(miniswhite: true));

        Assert.Equal(Ramp8[100] / 255f, radiograph.Image.Pixels[100], 1e-6f);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, Width - 1, 0)]
    [InlineData(3, Width - 1, Height - 1)]
    [InlineData(4, 0, Height - 1)]
    [InlineData(5, 0, 0)]
    [InlineData(6, Height - 1, 0)]
    [InlineData(7, Height - 1, Width - 1)]
    [InlineData(8, 0, Width - 1)]
    public void Read_ExifOrientation_IsApplied(int exif, int x, int y)
    {
        // Only the first stored pixel (top left) is bright: where is it afterwards?
        byte[] pixels = [255, .. new byte[(Width * Height) - 1]];
        Image image = Image
            .NewFromMemory(pixels, Width, Height, 1, Enums.BandFormat.Uchar)
            .Mutate(m => m.Set(GValue.GIntType, "orientation", exif));

        Radiograph radiograph = Read(image.TiffsaveBuffer());

        Assert.Equal((ImageOrientation)exif, radiograph.Provenance.Orientation);
        Assert.Equal(exif >= 5 ? (Height, Width) : (Width, Height), (radiograph.Image.Width, radiograph.Image.Height));
        Assert.Equal(1f, radiograph.Image.Pixels[(y * radiograph.Image.Width) + x]);
    }

    [Fact]
    public void Read_TiffWithSeveralPages_WantsAChoice()
    {
        byte[] tiff = Image
            .Arrayjoin([Gray8(), Gray8() / 2], across: 1)
            .Cast(Enums.BandFormat.Uchar)
            .Mutate(m => m.Set(GValue.GIntType, "page-height", Height))
            .TiffsaveBuffer();

        Assert.Equal("image.png: it has 2 pages; choose one with `frame` (1 to 2), or give a file with one picture", Message(tiff));
        Assert.Equal(
            "image.png: page 3 was asked for, the file has 2; choose one from 1 to 2",
            Message(tiff, new RadiographReaderOptions { Frame = 3 })
        );
        Radiograph second = RadiographReader.Read(tiff, "image", new RadiographReaderOptions { Frame = 2 });
        Assert.Equal(Height, second.Image.Height);
        Assert.Equal(100 / 2 / 255f, second.Image.Pixels[100], 1e-6f);
        Assert.Contains("the file has 2 pages; page 2 was read", second.Provenance.Warnings);
    }

    [Fact]
    public void Read_NameWithWrongExtension_IsReadByContent()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("really-a-png.dcm"), Gray8().PngsaveBuffer());

        Assert.Equal(RadiographFormat.Png, RadiographReader.Read(folder.File("really-a-png.dcm")).Provenance.Format);
    }

    [Fact]
    public void Read_NoFileAndFolder_SaySo()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(
            "no such file",
            Assert.Throws<InputException>(() => RadiographReader.Read(folder.File("nothing.png"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is a folder",
            Assert.Throws<InputException>(() => RadiographReader.Read(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_OtherContents_AreNamed()
    {
        Assert.Contains("an empty file", Message([]), StringComparison.Ordinal);
        Assert.Contains(
            "not an image that can be recognised",
            Message("This is a report, not an image."u8.ToArray()),
            StringComparison.Ordinal
        );
        Assert.Contains("a GIF image", Message("GIF89a............"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("a PDF document", Message("%PDF-1.7 .........."u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains(
            "an SVG drawing",
            Message("<svg xmlns='http://www.w3.org/2000/svg' width='99' height='99'/>"u8.ToArray()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_TruncatedFiles_AreRefused()
    {
        foreach (byte[] whole in (byte[][])[Gray8().PngsaveBuffer(), Gray8().JpegsaveBuffer(), Gray8().TiffsaveBuffer()])
        {
            Assert.Contains("damaged or truncated", Message(whole[..(whole.Length * 2 / 3)]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_DamagedPng_IsRefused()
    {
        byte[] png = Gray8().PngsaveBuffer();
        png[png.Length / 2] ^= 0xFF;
        Assert.Contains("damaged or truncated", Message(png), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HugePng_IsRefusedByItsHeader()
    {
        // Only a header of 20,000 x 20,000 pixels and no picture: the limit has to be found before anything is decoded.
        Assert.Equal(
            "image.png: 20000 x 20000 = 400 million pixels, the limit is 100 million: scale the image down or raise the limit "
                + "(`max-pixels`)",
            Message(PngHeader(20_000, 20_000))
        );
    }

    [Fact]
    public void Read_OwnPixelLimit_Counts() =>
        Assert.Contains(
            "the limit is 0",
            Message(Gray8().PngsaveBuffer(), new RadiographReaderOptions { MaxPixels = 1000 }),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(1, 1)]
    [InlineData(31, 400)]
    public void Read_TinyImage_NamesTheMinimum(int width, int height) =>
        Assert.Contains(
            $"{width} x {height} pixels; the shorter side must have at least 32",
            Message((Image.Black(width, height) + 7).Cast(Enums.BandFormat.Uchar).PngsaveBuffer()),
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_ImageOfOneColour_IsRefused()
    {
        Assert.Contains("all black", Message(Image.Black(50, 60).PngsaveBuffer()), StringComparison.Ordinal);
        Assert.Contains(
            "all white",
            Message((Image.Black(50, 60) + 255).Cast(Enums.BandFormat.Uchar).PngsaveBuffer()),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "of one gray value (0.2)",
            Message((Image.Black(50, 60) + 51).Cast(Enums.BandFormat.Uchar).PngsaveBuffer()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_HardlyAnyContrast_IsFlagged()
    {
        byte[] pixels = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(100 + (i % 5)))];
        Radiograph radiograph = Read(Image.NewFromMemory(pixels, Width, Height, 1, Enums.BandFormat.Uchar).PngsaveBuffer());
        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.StartsWith("hardly any contrast", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_FloatTiff_IsRefused() =>
        Assert.Contains("samples of type Float", Message(Gray8().Cast(Enums.BandFormat.Float).TiffsaveBuffer()), StringComparison.Ordinal);

    [Fact]
    public void Read_CmykJpeg_IsRefused()
    {
        Image cmyk = Gray8().Bandjoin(Gray8(), Gray8(), Gray8()).Copy(interpretation: Enums.Interpretation.Cmyk);
        Assert.Contains("4 channels", Message(cmyk.JpegsaveBuffer()), StringComparison.Ordinal);
    }

    internal static byte[] PngHeader(int width, int height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, [0x78, 0x9C, 0x03, 0x00])];
    }

    internal static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
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
