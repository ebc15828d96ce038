using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;
using static CxrOnnx.Runtime.Tests.Imaging.RasterImages;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "quick")]
public sealed class RasterRefusalTests
{
    private static string Message(byte[] content, RadiographReaderOptions? options = null)
    {
        string message = Assert.Throws<InputException>(() => RadiographReader.Read(content, "image.png", options)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.StartsWith("image.png: ", message, StringComparison.Ordinal);
        return message;
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
            Message(PngFileBuilder.Header(20_000, 20_000))
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
    public void Read_FloatTiff_IsRefused() =>
        Assert.Contains("samples of type Float", Message(Gray8().Cast(Enums.BandFormat.Float).TiffsaveBuffer()), StringComparison.Ordinal);

    [Fact]
    public void Read_CmykJpeg_IsRefused()
    {
        Image cmyk = Gray8().Bandjoin(Gray8(), Gray8(), Gray8()).Copy(interpretation: Enums.Interpretation.Cmyk);
        Assert.Contains("4 channels", Message(cmyk.JpegsaveBuffer()), StringComparison.Ordinal);
    }
}
