using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>
/// Pictures inside sequences (icons) are walked over, not taken for the picture; compressed colour is judged after decompression.
/// </summary>
[Trait("Category", "quick")]
public sealed class DicomIconTests
{
    private const int Width = 48;
    private const int Height = 40;

    /// <summary>A JPEG stream holds the delimiters' bytes now and then: fragments have to be skipped by their lengths.</summary>
    private static readonly byte[] Stream = [0xFF, 0xD8, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, 0x28, 0, 0x10, 0, 1, 2, 0xFF, 0xD9];

    [Theory]
    [InlineData(true, true, DicomFileBuilder.Explicit)]
    [InlineData(true, true, DicomFileBuilder.Implicit)]
    [InlineData(false, true, DicomFileBuilder.Explicit)]
    [InlineData(true, false, DicomFileBuilder.Explicit)]
    [InlineData(false, false, DicomFileBuilder.Implicit)]
    public void Read_Icon_IsNotThePicture(bool undefinedSequence, bool encapsulated, string syntax)
    {
        DicomFileBuilder file = new() { TransferSyntax = syntax };

        Assert.Equal(
            Plain(),
            Read(file.Raw(0x0088_0200, Sequence(undefinedSequence), Icon(file, undefinedSequence, encapsulated))).Image.Pixels
        );
    }

    [Theory]
    [InlineData("SQ")]
    [InlineData("UN")]
    public void Read_IconNestedInAPrivateSequence_IsNotThePicture(string representation)
    {
        // Unknown sequences of undefined length hold implicit elements.
        DicomFileBuilder inner = new() { TransferSyntax = representation == "UN" ? DicomFileBuilder.Implicit : DicomFileBuilder.Explicit };
        byte[] icon = inner.Element(0x0088_0200, "SQ undefined", Icon(inner, undefined: true, encapsulated: true));
        DicomFileBuilder file = new DicomFileBuilder().Raw(
            0x0019_1010,
            representation + " undefined",
            DicomFileBuilder.Item(icon, undefinedLength: true)
        );

        Radiograph radiograph = Read(file);

        Assert.Equal(Plain(), radiograph.Image.Pixels);
        Assert.Empty(radiograph.Provenance.Warnings);
    }

    [Fact]
    public void Read_UnknownSequenceWithExplicitItems_IsWalked()
    {
        DicomFileBuilder inner = new();
        byte[] icon = inner.Element(0x0088_0200, "SQ undefined", Icon(inner, undefined: true, encapsulated: true));
        DicomFileBuilder file = new DicomFileBuilder().Raw(0x0019_1010, "UN undefined", DicomFileBuilder.Item(icon, undefinedLength: true));
        Assert.Equal(Plain(), Read(file).Image.Pixels);
    }

    [Theory]
    [InlineData("YBR_FULL_422")]
    [InlineData("YBR_FULL")]
    [InlineData("RGB")]
    public void Read_ColourJpeg_IsBrightness(string photometric)
    {
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        byte[] stripes =
        [
            .. Enumerable.Range(0, Width * Height).SelectMany(i => i % Width < 24 ? new byte[] { 200, 40, 40 } : [40, 40, 200]),
        ];
        byte[] jpeg = Image
            .NewFromMemory(stripes, Width, Height, 3, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb)
            .JpegsaveBuffer(q: 95);
        DicomFileBuilder file = new DicomFileBuilder(allocated: 8, stored: 8) { TransferSyntax = DicomFileBuilder.Jpeg }
            .Number(0x0028_0002, 3)
            .Number(0x0028_0006, 0)
            .Text(0x0028_0004, "CS", photometric)
            .Encapsulated(jpeg);

        Radiograph radiograph = Read(file);

        // JPEG at quality 95 is off by a few levels.
        Assert.Equal(((0.299 * 200) + (0.587 * 40) + (0.114 * 40)) / 255, radiograph.Image.Pixels[(20 * Width) + 10], 4.0 / 255);
        Assert.Equal(((0.299 * 40) + (0.587 * 40) + (0.114 * 200)) / 255, radiograph.Image.Pixels[(20 * Width) + 40], 4.0 / 255);
        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.Contains("in colour", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_CompressedFileWithOddElementAndIcon_IsThePicture()
    {
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        byte[] ramp = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i / Width * 6))];
        byte[] jpeg = Image.NewFromMemory(ramp, Width, Height, 1, Enums.BandFormat.Uchar).JpegsaveBuffer(q: 95);
        DicomFileBuilder form = new();
        DicomFileBuilder file = new DicomFileBuilder(allocated: 8, stored: 8) { TransferSyntax = DicomFileBuilder.Jpeg }
            .Bytes(0x0019_1010, 0x19, 0x00, 0x10, 0x10, (byte)' ', (byte)' ', 2, 0, 1, 2)
            .Raw(0x0088_0200, "SQ undefined", Icon(form, undefined: true, encapsulated: true))
            .Text(0x0028_1050, "DS", "128")
            .Text(0x0028_1051, "DS", "256")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT")
            .Encapsulated(jpeg);

        Radiograph radiograph = Read(file);

        Assert.Equal(20 * 6 / 256f, radiograph.Image.Pixels[(20 * Width) + 7], 4f / 255);
        Assert.Equal(("JPEG", "gdcmconv"), (radiograph.Provenance.Dicom!.TransferSyntax, radiograph.Provenance.Dicom.DecompressedBy));
    }

    [Theory]
    [InlineData(DicomFileBuilder.Explicit)]
    [InlineData(DicomFileBuilder.Implicit)]
    [InlineData("1.3.46.670589.33.1.4.1")]
    public void Read_JpegUnderAnotherSyntax_IsReadAndSaid(string syntax)
    {
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        byte[] ramp = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i / Width * 6))];
        byte[] jpeg = Image.NewFromMemory(ramp, Width, Height, 1, Enums.BandFormat.Uchar).JpegsaveBuffer(q: 95);

        Radiograph radiograph = Read(
            new DicomFileBuilder(allocated: 8, stored: 8) { TransferSyntax = syntax }
                .Text(0x0028_1050, "DS", "128")
                .Text(0x0028_1051, "DS", "256")
                .Text(0x0028_1056, "CS", "LINEAR_EXACT")
                .Encapsulated(jpeg)
        );

        Assert.Equal(20 * 6 / 256f, radiograph.Image.Pixels[(20 * Width) + 7], 4f / 255);
        Assert.Contains(
            radiograph.Provenance.Warnings,
            warning => warning.StartsWith("the pixel data are compressed (JPEG)", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Read_CompressedFile_GivesTheProgramNoName()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        using TemporaryFolder programs = new();
        string program = programs.File("gdcmconv");
        File.WriteAllText(program, "#!/bin/sh\ncp \"$3\" \"$0.seen\"\nexit 1\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }

        byte[] file = new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Jpeg }
            .Encapsulated([1, 2, 3, 4])
            .Build();

        string message = Assert
            .Throws<CxrOnnx.Core.InputException>(() =>
                RadiographReader.Read(file, "test.dcm", new RadiographReaderOptions { ProgramPath = programs.Path })
            )
            .Message;

        Assert.Contains("Planted", System.Text.Encoding.Latin1.GetString(file), StringComparison.Ordinal);
        byte[] seen = File.ReadAllBytes(programs.File("gdcmconv.seen"));
        Assert.DoesNotContain("Planted", System.Text.Encoding.Latin1.GetString(seen), StringComparison.Ordinal);
        Assert.Contains("gdcmconv cannot decode it (transfer syntax JPEG)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UncompressedHalvedColour_TakesY()
    {
        // Y Y Cb Cr for every pair of pixels.
        int[] samples = [.. Enumerable.Range(0, Width * Height / 2).SelectMany(pair => new[] { pair % 200, (pair % 200) + 20, 77, 191 })];
        DicomFileBuilder file = new DicomFileBuilder(allocated: 8, stored: 8)
            .Number(0x0028_0002, 3)
            .Number(0x0028_0006, 0)
            .Text(0x0028_0004, "CS", "YBR_FULL_422")
            .Pixels(samples);

        Assert.Equal([50 / 255f, 70 / 255f, 51 / 255f], Read(file).Image.Pixels[100..103], (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Read_ColourOfEightBitsInSixteen_IsScaledByTheEight()
    {
        int[] samples = [.. Enumerable.Range(0, Width * Height * 3).Select(i => i / 3 % 256)];
        DicomFileBuilder file = new DicomFileBuilder(allocated: 16, stored: 8)
            .Number(0x0028_0002, 3)
            .Number(0x0028_0006, 0)
            .Text(0x0028_0004, "CS", "RGB")
            .Pixels(samples);

        Assert.Equal(100 / 255f, Read(file).Image.Pixels[100], 1e-6f);
    }

    private static Radiograph Read(DicomFileBuilder file) => RadiographReader.Read(file.Build(), "test.dcm");

    private static float[] Plain() => Read(new DicomFileBuilder()).Image.Pixels;

    private static string Sequence(bool undefined) => undefined ? "SQ undefined" : "SQ";

    private static byte[] Icon(DicomFileBuilder form, bool undefined, bool encapsulated)
    {
        byte[] rows = form.Element(0x0028_0010, "US", DicomFileBuilder.Words([8]));
        byte[] pixels = encapsulated
            ? form.Element(0x7FE0_0010, "OB undefined", DicomFileBuilder.Fragments(Stream))
            : form.Element(0x7FE0_0010, "OW", new byte[64]);
        return DicomFileBuilder.Item([.. rows, .. pixels], undefined);
    }
}
