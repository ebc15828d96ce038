using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>DICOM files that are not written by the rules, or in a way that few readers expect. All show the builder's ramp.</summary>
[Trait("Category", "process")]
public sealed class OddDicomTests
{
    private const string OddElement = "unknown value representation";

    private static float[] Plain { get; } = Read(new DicomFileBuilder()).Image.Pixels;

    private static Radiograph Read(DicomFileBuilder file, RadiographReaderOptions? options = null) =>
        RadiographReader.Read(file.Build(), "test.dcm", options ?? new RadiographReaderOptions { ProgramPath = "" });

    private static string Message(byte[] file) =>
        Assert
            .Throws<InputException>(() => RadiographReader.Read(file, "test.dcm", new RadiographReaderOptions { ProgramPath = "" }))
            .Message;

    [Theory]
    [InlineData(new byte[] { 0x49, 0x49, 0x2A, 0x00, 0x08, 0x00, 0x00, 0x00 })]
    [InlineData(new byte[] { 0x4D, 0x4D, 0x00, 0x2A, 0x00, 0x00, 0x00, 0x08 })]
    [InlineData(new byte[] { 0x4D, 0x4D, 0x00, 0x2B, 0x00, 0x08, 0x00, 0x00 })]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0 })]
    [InlineData(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A })]
    public void Read_OtherMarkInThePreamble_IsStillDicom(byte[] mark)
    {
        Radiograph radiograph = Read(new DicomFileBuilder { PreambleBytes = mark });

        Assert.Equal(RadiographFormat.Dicom, radiograph.Provenance.Format);
        Assert.Equal(Plain, radiograph.Image.Pixels);
    }

    [Theory]
    [InlineData(' ', ' ')]
    [InlineData('?', '?')]
    [InlineData('-', '-')]
    [InlineData('\0', '\0')]
    [InlineData('Z', 'Z')]
    [InlineData('o', 'b')]
    public void Read_UnknownRepresentation_WithTwoByteLength_IsSkipped(char first, char second)
    {
        DicomFileBuilder file = new DicomFileBuilder()
            .Bytes(0x0019_1010, 0x19, 0x00, 0x10, 0x10, (byte)first, (byte)second, 6, 0, 1, 2, 3, 4, 5, 6)
            .Bytes(0x0019_1011, 0x19, 0x00, 0x11, 0x10, (byte)first, (byte)second, 2, 0, 1, 2);

        Radiograph radiograph = Read(file);

        Assert.Equal(Plain, radiograph.Image.Pixels);
        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.Contains(OddElement, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(' ', ' ')]
    [InlineData('?', '?')]
    [InlineData('Z', 'Z')]
    public void Read_UnknownRepresentation_WithFourByteLength_IsSkipped(char first, char second) =>
        Assert.Equal(
            Plain,
            Read(
                new DicomFileBuilder().Bytes(0x0019_1010, 0x19, 0x00, 0x10, 0x10, (byte)first, (byte)second, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4)
            ).Image.Pixels
        );

    [Fact]
    public void Read_ImplicitElementInAnExplicitFile_IsSkipped() =>
        Assert.Equal(Plain, Read(new DicomFileBuilder().Bytes(0x0019_1010, 0x19, 0x00, 0x10, 0x10, 4, 0, 0, 0, 1, 2, 3, 4)).Image.Pixels);

    [Fact]
    public void Read_UnknownWithTwoByteLength_IsSkipped() =>
        Assert.Equal(
            Plain,
            Read(
                new DicomFileBuilder().Bytes(0x0019_1010, 0x19, 0x00, 0x10, 0x10, (byte)'U', (byte)'N', 6, 0, 9, 9, 9, 9, 9, 9)
            ).Image.Pixels
        );

    [Fact]
    public void Read_OddElementThatIsKept_KeepsItsValue()
    {
        byte[] value = "1920"u8.ToArray();
        DicomFileBuilder file = new DicomFileBuilder()
            .Text(0x0028_1050, "DS", "960 ")
            .Text(0x0028_1056, "CS", "LINEAR_EXACT")
            .Bytes(0x0028_1051, [0x28, 0x00, 0x51, 0x10, (byte)'?', (byte)'?', 4, 0, .. value]);

        Assert.Equal("window 960/1920 LINEAR_EXACT", Read(file).Provenance.Dicom!.Voi);
    }

    [Theory]
    [InlineData(DicomFileBuilder.Explicit, DicomFileBuilder.Implicit, "written in implicit form")]
    [InlineData(DicomFileBuilder.Implicit, DicomFileBuilder.Explicit, "written in explicit form")]
    public void Read_OtherFormThanDeclared_IsReadAsWrittenAndSaid(string declared, string written, string expected)
    {
        Radiograph radiograph = Read(new DicomFileBuilder { TransferSyntax = declared, Written = written });

        Assert.Equal(Plain, radiograph.Image.Pixels);
        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_BigEndianDeclaredLittle_NamesTheMismatch() =>
        Assert.Contains(
            "written in big endian, the file declares explicit little endian",
            Message(new DicomFileBuilder { Written = DicomFileBuilder.BigEndian }.Build()),
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_BigEndian_GivesTheSamePicture()
    {
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        Assert.Equal(
            Plain,
            Read(new DicomFileBuilder { TransferSyntax = DicomFileBuilder.BigEndian }, new RadiographReaderOptions()).Image.Pixels
        );
    }

    [Fact]
    public void Read_Deflated_GivesTheSamePictureWithoutAnyProgram()
    {
        Radiograph radiograph = Read(new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Deflated });

        Assert.Equal(Plain, radiograph.Image.Pixels);
        Assert.Equal(("deflated", null), (radiograph.Provenance.Dicom!.TransferSyntax, radiograph.Provenance.Dicom.DecompressedBy));
    }

    [Fact]
    public void Read_DeflatedBomb_IsRefused() =>
        Assert.Contains(
            "the deflated data set has more than 60,000 bytes",
            Assert
                .Throws<InputException>(() =>
                    Read(
                        new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Deflated }.Raw(0x0019_1010, "OB", new byte[200_000]),
                        new RadiographReaderOptions { MaxFileBytes = 60_000 }
                    )
                )
                .Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("1.2.840.113619.5.2", "1.2.840.113619.5.2, private to GE")]
    [InlineData("1.3.46.670589.33.1.4.1", "1.3.46.670589.33.1.4.1, a private one")]
    [InlineData("1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.100")]
    public void Read_SyntaxThatIsNotRead_IsNamed(string syntax, string expected) =>
        Assert.Contains(
            $"DICOM with transfer syntax {expected}",
            Message(
                new DicomFileBuilder
                {
                    TransferSyntax = syntax,
                    Written = syntax.Contains("113619", StringComparison.Ordinal) ? DicomFileBuilder.Implicit : null,
                }
                    .Encapsulated([1, 2, 3, 4])
                    .Build()
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_PrivateSyntaxThatGdcmCannotRead_IsNotCalledATransferError()
    {
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        byte[] file = new DicomFileBuilder { TransferSyntax = "1.3.46.670589.33.1.4.1" }
            .Encapsulated([1, 2, 3, 4])
            .Build();

        string message = Assert.Throws<InputException>(() => RadiographReader.Read(file, "test.dcm")).Message;

        Assert.Contains("1.3.46.670589.33.1.4.1, a private one", message, StringComparison.Ordinal);
        Assert.DoesNotContain("transfer it again", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BarePixelsUnderACompressedSyntax_AreReadAndSaid()
    {
        Radiograph radiograph = Read(new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Jpeg });

        Assert.Equal(Plain, radiograph.Image.Pixels);
        Assert.Contains(
            radiograph.Provenance.Warnings,
            warning => warning.Contains("pixel data are not compressed", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Read_TooLongPixelData_AreSaid()
    {
        Radiograph radiograph = Read(new DicomFileBuilder().Pixels([.. Enumerable.Range(0, 48 * 40 * 2)]));

        Assert.Equal(Plain, radiograph.Image.Pixels);
        Assert.Contains(
            radiograph.Provenance.Warnings,
            warning => warning.Contains("long enough for more pictures", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Read_PrivateItemsThatAreNoElements_AreSkipped()
    {
        byte[] value = [0xFE, 0xFF, 0x00, 0xE0, 6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

        foreach (string representation in (string[])["UN undefined", "SQ undefined"])
        {
            Assert.Equal(Plain, Read(new DicomFileBuilder().Raw(0x0019_1010, representation, value)).Image.Pixels);
        }

        DicomFileBuilder plain = new() { TransferSyntax = DicomFileBuilder.Implicit };
        Assert.Equal(Plain, Read(plain.Raw(0x0019_1010, "UN undefined", value)).Image.Pixels);
    }

    [Fact]
    public void Read_ElementWithoutAnySense_IsNotCalledATransferError()
    {
        byte[] file = new DicomFileBuilder().Bytes(0x0019_1010, 0x19, 0x00, 0x10, 0x10, 7, 7, 0xFF, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE).Build();

        Assert.DoesNotContain("transfer it again", Message(file), StringComparison.Ordinal);
        Assert.Contains("element (0019,1010) at byte", Message(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ImplicitMetaInformation_IsRead()
    {
        // The rules want this group in explicit form; gdcm writes the file anew.
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        byte[] whole = new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Implicit }.Build();
        int dataset = 132 + 8 + 18;
        byte[] meta = [0x02, 0x00, 0x10, 0x00, 18, 0, 0, 0, .. "1.2.840.10008.1.2\0"u8];

        Assert.Equal(Plain, RadiographReader.Read([.. whole[..132], .. meta, .. whole[dataset..]], "test.dcm").Image.Pixels);
    }

    [Fact]
    public void Read_DelimiterInTheWrongPlace_IsNotCalledATransferError()
    {
        string message = Message(new DicomFileBuilder().Bytes(0x0019_1010, 0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0).Build());

        Assert.Contains("(FFFE,E00D) at byte", message, StringComparison.Ordinal);
        Assert.DoesNotContain("transfer it again", message, StringComparison.Ordinal);
    }
}
