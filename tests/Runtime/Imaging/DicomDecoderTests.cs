using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "slow")]
public sealed class DicomDecoderTests
{
    private const uint ModalityLut = 0x0028_3000;
    private const uint VoiLut = 0x0028_3010;

    // Gray values are computed in double precision and rounded to single once.
    private const float Tolerance = 1e-6f;

    private static Radiograph Read(DicomFileBuilder file) => RadiographReader.Read(file.Build(), "test.dcm");

    private static float At(Radiograph radiograph, int x, int y) => radiograph.Image.Pixels[(y * radiograph.Image.Width) + x];

    [Theory]
    [InlineData(DicomFileBuilder.Explicit, true)]
    [InlineData(DicomFileBuilder.Implicit, true)]
    [InlineData(DicomFileBuilder.Explicit, false)]
    [InlineData(DicomFileBuilder.Implicit, false)]
    public void Read_UncompressedSyntaxes_GiveTheSamePicture(string syntax, bool preamble)
    {
        DicomFileBuilder file = new() { TransferSyntax = syntax, Preamble = preamble };
        file.Text(0x0028_1050, "DS", "1000").Text(0x0028_1051, "DS", "2001");

        Radiograph radiograph = Read(file);

        Assert.Equal((48, 40), (radiograph.Image.Width, radiograph.Image.Height));
        // LINEAR: ((x - (c - 0.5)) / (w - 1)) + 0.5 with c = 1000, w = 2001.
        Assert.Equal((((48 * 7) + 5 - 999.5) / 2000) + 0.5, At(radiograph, 5, 7), Tolerance);
        Assert.Equal("window 1000/2001 LINEAR", radiograph.Provenance.Dicom!.Voi);
        Assert.Equal("identity", radiograph.Provenance.Dicom.Modality);
        Assert.False(radiograph.Provenance.Dicom.Inverted);
        Assert.Empty(radiograph.Provenance.Warnings);
    }

    [Theory]
    [InlineData("LINEAR", 100, 11, 94.4, 0)]
    [InlineData("LINEAR", 100, 11, 104.6, 1)]
    [InlineData("LINEAR", 100, 11, 100, 0.55)]
    [InlineData("LINEAR", 100, 1, 99.5, 0)]
    [InlineData("LINEAR", 100, 1, 99.6, 1)]
    [InlineData("LINEAR_EXACT", 100, 10, 95, 0)]
    [InlineData("LINEAR_EXACT", 100, 10, 100, 0.5)]
    [InlineData("LINEAR_EXACT", 100, 10, 102.5, 0.75)]
    [InlineData("SIGMOID", 100, 10, 100, 0.5)]
    [InlineData("SIGMOID", 100, 10, 105, 0.88079707797788)]
    public void VoiWindow_Apply_FollowsTheStandard(string function, double center, double width, double value, double expected) =>
        Assert.Equal(expected, new VoiWindow(function, center, width).Apply(value), 1e-12);

    [Fact]
    public void Read_RescaleBeforeWindow_UsesModalityValues()
    {
        DicomFileBuilder file = new();
        file.Text(0x0028_1053, "DS", "2")
            .Text(0x0028_1052, "DS", "-100")
            .Text(0x0028_1050, "DS", "900")
            .Text(0x0028_1051, "DS", "2000")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT");

        Radiograph radiograph = Read(file);

        // Pixel (10, 3) stores 154; 2 * 154 - 100 = 208; (208 - 900) / 2000 + 0.5 = 0.154.
        Assert.Equal(0.154, At(radiograph, 10, 3), Tolerance);
        Assert.Equal("rescale slope 2 intercept -100", radiograph.Provenance.Dicom!.Modality);
        Assert.Equal("window 900/2000 LINEAR_EXACT", radiograph.Provenance.Dicom.Voi);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_VoiTableAndWindow_TableWins(bool undefinedLength)
    {
        DicomFileBuilder file = new();
        file.Table(VoiLut, first: 2, bits: 8, [0, 51, 255], undefinedLength).Text(0x0028_1050, "DS", "5").Text(0x0028_1051, "DS", "9");

        Radiograph radiograph = Read(file);

        Assert.Equal("VOI LUT", radiograph.Provenance.Dicom!.Voi);
        Assert.Equal([0f, 0f, 0f, 0.2f, 1f, 1f], radiograph.Image.Pixels[..6]);
    }

    [Fact]
    public void Read_ModalityTable_WinsOverRescale()
    {
        DicomFileBuilder file = new();
        file.Table(ModalityLut, first: 0, bits: 8, [100, 60, 20])
            .Text(0x0028_1053, "DS", "7")
            .Text(0x0028_1050, "DS", "60")
            .Text(0x0028_1051, "DS", "80")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT");

        Radiograph radiograph = Read(file);

        Assert.Equal("modality LUT", radiograph.Provenance.Dicom!.Modality);
        Assert.Equal([1f, 0.5f, 0f, 0f], radiograph.Image.Pixels[..4]);
    }

    [Fact]
    public void Read_NoWindowAndNoTable_UsesPercentiles()
    {
        int[] values = [.. Enumerable.Range(0, 48 * 40).Select(i => 1000 + (i % 1000))];
        values[0] = 4095;

        Radiograph radiograph = Read(new DicomFileBuilder().Pixels(values));

        // 1920 samples: 1000 once (its other copy became 4095), 1001 to 1919 twice, 1920 to 1999 once. 0.5 % of them are 9.6 samples at
        // either end.
        Assert.Equal("percentiles 1005..1990", radiograph.Provenance.Dicom!.Voi);
        Assert.Equal(1f, At(radiograph, 0, 0));
    }

    [Fact]
    public void Read_Monochrome1_InvertsLast()
    {
        DicomFileBuilder file = new();
        file.Text(0x0028_0004, "CS", "MONOCHROME1")
            .Text(0x0028_1050, "DS", "1000")
            .Text(0x0028_1051, "DS", "1000")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT");

        Radiograph radiograph = Read(file);

        Assert.True(radiograph.Provenance.Dicom!.Inverted);
        Assert.Equal(1f, At(radiograph, 0, 0));
        Assert.Equal(1 - (((600 - 1000) / 1000.0) + 0.5), At(radiograph, 600 % 48, 600 / 48), Tolerance);
    }

    [Theory]
    [InlineData(8, 7)]
    [InlineData(10, 9)]
    [InlineData(12, 11)]
    [InlineData(12, 15)]
    [InlineData(14, 13)]
    [InlineData(16, 15)]
    public void Read_BitsOutsideTheStoredOnes_AreIgnored(int stored, int highBit)
    {
        int shift = highBit - stored + 1;
        int noise = 0xFFFF & ~(((1 << stored) - 1) << shift);
        int[] values = [.. Enumerable.Range(0, 48 * 40).Select(i => ((i % (1 << stored)) << shift) | (i % 3 == 0 ? noise : 0))];
        DicomFileBuilder file = new(stored: stored);
        file.Number(0x0028_0102, highBit)
            .Pixels(values)
            .Text(0x0028_1050, "DS", "128")
            .Text(0x0028_1051, "DS", "256")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT");

        Radiograph radiograph = Read(file);

        Assert.Equal(stored, radiograph.Provenance.Bits);
        for (int i = 0; i < 256; i++)
        {
            Assert.Equal(i / 256.0, radiograph.Image.Pixels[i], Tolerance);
        }
    }

    [Fact]
    public void Read_SignedValues_ExtendsTheSign()
    {
        int[] values = [.. Enumerable.Range(0, 48 * 40).Select(i => (i - 960) & 0x0FFF)];
        DicomFileBuilder file = new();
        file.Number(0x0028_0103, 1)
            .Pixels(values)
            .Text(0x0028_1050, "DS", "0")
            .Text(0x0028_1051, "DS", "1920")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT");

        Radiograph radiograph = Read(file);

        Assert.Equal(0.5, radiograph.Image.Pixels[960], Tolerance);
        Assert.Equal(0.25, radiograph.Image.Pixels[480], Tolerance);
    }

    [Fact]
    public void Read_Padding_IsBlackAndNotCounted()
    {
        int[] values = [.. Enumerable.Range(0, 48 * 40).Select(i => i < 900 ? 4000 : 100 + (i % 100))];
        DicomFileBuilder file = new();
        file.Text(0x0028_0004, "CS", "MONOCHROME1").Number(0x0028_0120, 4000).Pixels(values);

        Radiograph radiograph = Read(file);

        Assert.Equal("percentiles 100..199", radiograph.Provenance.Dicom!.Voi);
        Assert.Equal(0f, radiograph.Image.Pixels[0]);
        Assert.Equal(1f, radiograph.Image.Pixels[1000]);
    }

    [Fact]
    public void Read_WindowOutsideTheValues_FallsBackToPercentilesAndSaysSo()
    {
        DicomFileBuilder file = new();
        file.Text(0x0028_1050, "DS", "60000").Text(0x0028_1051, "DS", "10");

        Radiograph radiograph = Read(file);

        Assert.StartsWith("percentiles", radiograph.Provenance.Dicom!.Voi, StringComparison.Ordinal);
        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.Contains("one gray value", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("L\\F", ImageOrientation.Upright, 0, 0)]
    [InlineData("R\\F", ImageOrientation.MirrorHorizontally, 47, 0)]
    [InlineData("R\\H", ImageOrientation.Rotate180, 47, 39)]
    [InlineData("L\\H", ImageOrientation.MirrorVertically, 0, 39)]
    [InlineData("F\\L", ImageOrientation.Transpose, 0, 0)]
    [InlineData("F\\R", ImageOrientation.Rotate90, 39, 0)]
    [InlineData("H\\R", ImageOrientation.Transverse, 39, 47)]
    [InlineData("H\\L", ImageOrientation.Rotate270, 0, 47)]
    public void Read_PatientOrientation_IsTurnedUpright(string text, ImageOrientation expected, int x, int y)
    {
        // Only the first stored pixel (top left) is bright: where is it afterwards?
        int[] values = [4000, .. Enumerable.Repeat(10, (48 * 40) - 1)];
        Radiograph radiograph = Read(new DicomFileBuilder().Pixels(values).Text(0x0020_0020, "CS", text));

        Assert.Equal(expected, radiograph.Provenance.Orientation);
        Assert.Equal(1f, At(radiograph, x, y));
        Assert.Equal(1, radiograph.Image.Pixels.Count(value => value > 0.5f));
    }

    [Fact]
    public void Read_RgbScreenCapture_TakesBrightnessInBothLayouts()
    {
        const int count = 48 * 40;
        int[] interleaved = [.. Enumerable.Range(0, count * 3).Select(i => i % 251)];
        int[] planes =
        [
            .. Enumerable.Range(0, 3).SelectMany(sample => Enumerable.Range(0, count).Select(i => interleaved[(i * 3) + sample])),
        ];
        DicomFileBuilder Colour(int planar, int[] values) =>
            new DicomFileBuilder(allocated: 8, stored: 8)
                .Number(0x0028_0002, 3)
                .Number(0x0028_0006, planar)
                .Text(0x0028_0004, "CS", "RGB")
                .Pixels(values);

        GrayImage first = Read(Colour(0, interleaved)).Image;
        GrayImage second = Read(Colour(1, planes)).Image;

        Assert.Equal(first.Pixels, second.Pixels);
        Assert.Equal(((0.299 * 0) + (0.587 * 1) + (0.114 * 2)) / 255, first.Pixels[0], Tolerance);
    }
}
