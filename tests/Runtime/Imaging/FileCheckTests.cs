using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>What <see cref="RadiographReader.Check"/> finds without decoding: never more than the decoder refuses.</summary>
[Trait("Category", "slow")]
public sealed class FileCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Image Noise(int width, int height) =>
        Image.NewFromMemory(
            [.. Enumerable.Range(0, width * height).Select(i => (byte)(i * 7919 % 251))],
            width,
            height,
            1,
            Enums.BandFormat.Uchar
        );

    private static byte[] Encoded(string kind)
    {
        using Image image = Noise(60, 44);
        return kind switch
        {
            "png" => image.PngsaveBuffer(),
            "interlaced png" => image.PngsaveBuffer(interlace: true),
            "jpeg" => image.JpegsaveBuffer(),
            "progressive jpeg" => image.JpegsaveBuffer(interlace: true),
            _ => image.TiffsaveBuffer(),
        };
    }

    private string Write(string name, byte[] content)
    {
        File.WriteAllBytes(_folder.File(name), content);
        return _folder.File(name);
    }

    private static bool Succeeds(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    [Theory]
    [InlineData("png")]
    [InlineData("interlaced png")]
    [InlineData("jpeg")]
    [InlineData("progressive jpeg")]
    [InlineData("tiff")]
    public void Check_FileCutAnywhere_RefusesNothingThatCanBeRead(string kind)
    {
        byte[] whole = Encoded(kind);
        Assert.Equal(new ImageSize(60, 44), RadiographReader.Check(Write("whole", whole)));
        for (int length = 1; length < whole.Length; length += length > whole.Length - 40 ? 1 : 13)
        {
            string path = Write("cut", whole[..length]);
            bool accepted = Succeeds(() => RadiographReader.Check(path));
            Assert.True(accepted || !Succeeds(() => RadiographReader.Read(path)), $"{kind} cut at {length} of {whole.Length}");
        }
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpeg")]
    [InlineData("progressive jpeg")]
    public void Check_FileCutAtTwoThirds_IsRefused(string kind)
    {
        byte[] whole = Encoded(kind);
        string path = Write("cut", whole[..(whole.Length * 2 / 3)]);

        string message = Assert.Throws<InputException>(() => RadiographReader.Check(path)).Message;

        Assert.Contains("damaged or truncated", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_TurnedJpeg_GivesTheUprightSize()
    {
        using Image turned = Noise(60, 44).Mutate(image => image.Set(GValue.GIntType, "orientation", 6));
        string path = Write("turned.jpg", turned.JpegsaveBuffer());

        Assert.Equal(RadiographReader.Read(path).Image.Size, RadiographReader.Check(path));
        Assert.Equal(new ImageSize(44, 60), RadiographReader.Check(path));
    }

    [Fact]
    public void Check_Dicom_TellsSizeAndShortPixelData()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Fixtures.Repository, "models/sample-dicom/phantom.dcm"));
        string path = Write("a.dcm", file);

        Assert.Equal(RadiographReader.Read(path).Image.Size, RadiographReader.Check(path));
        string cut = Write("cut.dcm", file[..(file.Length * 2 / 3)]);
        Assert.False(Succeeds(() => RadiographReader.Check(cut)));
    }

    [Fact]
    public void Check_Limits_AreThoseOfRead()
    {
        string path = Write("a.png", Encoded("png"));

        string message = Assert
            .Throws<InputException>(() => RadiographReader.Check(path, new RadiographReaderOptions { MaxPixels = 100 }))
            .Message;

        Assert.Contains("the limit is", message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => RadiographReader.Check(_folder.File("none.png")));
    }
}
