using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;
using static CxrOnnx.Runtime.Tests.Imaging.RasterImages;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "quick")]
public sealed class RasterDecoderTests
{
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
    public void Read_NameWithWrongExtension_IsReadByContent()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("really-a-png.dcm"), Gray8().PngsaveBuffer());

        Assert.Equal(RadiographFormat.Png, RadiographReader.Read(folder.File("really-a-png.dcm")).Provenance.Format);
    }

    [Fact]
    public void Read_HardlyAnyContrast_IsFlagged()
    {
        byte[] pixels = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(100 + (i % 5)))];
        Radiograph radiograph = Read(Image.NewFromMemory(pixels, Width, Height, 1, Enums.BandFormat.Uchar).PngsaveBuffer());
        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.StartsWith("hardly any contrast", StringComparison.Ordinal));
    }
}
