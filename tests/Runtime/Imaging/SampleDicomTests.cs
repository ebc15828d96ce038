using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>The DICOM file that ships: the phantom of <c>left-lower-pneumonia.png</c>, at half the size.</summary>
[Trait("Category", "quick")]
public sealed class SampleDicomTests
{
    private static string Sample(string name) =>
        Path.Combine(Fixtures.Repository, "models", name.EndsWith(".dcm", StringComparison.Ordinal) ? "sample-dicom" : "samples", name);

    [Fact]
    public void Sample_Read_IsAPresentableRadiographWithItsSpacing()
    {
        Radiograph radiograph = RadiographReader.Read(Sample("phantom.dcm"));

        RadiographProvenance read = radiograph.Provenance;
        Assert.Equal((384, 450, 12), (radiograph.Image.Width, radiograph.Image.Height, read.Bits));
        Assert.Equal("window 2048/4096 LINEAR", read.Dicom!.Voi);
        Assert.False(read.Dicom.Inverted);
        Assert.Equal(new PixelSpacing(0.8, 0.8), read.PixelSpacing);
        Assert.Empty(read.Warnings);
    }

    [Fact]
    public void Sample_Read_ShowsThePictureOfTheSameName()
    {
        Radiograph dicom = RadiographReader.Read(Sample("phantom.dcm"));
        Radiograph png = RadiographReader.Read(Sample("left-lower-pneumonia.png"));

        // The generator draws the same patient at both sizes; noise is drawn per pixel.
        double largest = 0;
        for (int y = 0; y < 450; y += 50)
        {
            for (int x = 0; x < 384; x += 48)
            {
                largest = Math.Max(largest, Math.Abs(Mean(dicom, x, y, 24) - Mean(png, 2 * x, 2 * y, 48)));
            }
        }

        Assert.InRange(largest, 0, 0.05);
    }

    private static double Mean(Radiograph radiograph, int left, int top, int size)
    {
        double sum = 0;
        for (int y = top; y < top + size; y++)
        {
            for (int x = left; x < left + size; x++)
            {
                sum += radiograph.Image.Pixels[(y * radiograph.Image.Width) + x];
            }
        }

        return sum / (size * size);
    }
}
