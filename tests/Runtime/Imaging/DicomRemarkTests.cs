using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>What a file says against being shown or grounded as it is must be a warning in the result.</summary>
[Trait("Category", "quick")]
public sealed class DicomRemarkTests
{
    private const uint Intent = 0x0008_0068;
    private const uint Sign = 0x0028_1041;
    private const uint Shape = 0x2050_0020;

    private static Radiograph Read(DicomFileBuilder file, int? frame = null) =>
        RadiographReader.Read(file.Build(), "test.dcm", new RadiographReaderOptions { ProgramPath = "", Frame = frame });

    private static string Message(Func<Radiograph> read) => Assert.Throws<InputException>(() => read()).Message;

    private static float First(DicomFileBuilder file) => Read(file).Image.Pixels[0];

    [Theory]
    [InlineData("MONOCHROME2", "INVERSE", true)]
    [InlineData("MONOCHROME1", "IDENTITY", true)]
    [InlineData("MONOCHROME1", "INVERSE", false)]
    [InlineData("MONOCHROME2", "IDENTITY", false)]
    public void Read_LookupShapeAgainstPhotometric_IsSaid(string photometric, string shape, bool contradicts)
    {
        Radiograph radiograph = Read(new DicomFileBuilder().Text(0x0028_0004, "CS", photometric).Text(Shape, "CS", shape));

        Assert.Equal(
            contradicts,
            radiograph.Provenance.Warnings.Any(warning => warning.Contains("may be its own negative", StringComparison.Ordinal))
        );
        Assert.Equal(photometric == "MONOCHROME1", radiograph.Provenance.Dicom!.Inverted);
    }

    [Theory]
    [InlineData("MONOCHROME2", 1, "1", true)]
    [InlineData("MONOCHROME2", -1, "1", false)]
    [InlineData("MONOCHROME1", 1, "1", true)]
    [InlineData("MONOCHROME1", -1, "1", false)]
    [InlineData("MONOCHROME2", 1, "-1", false)]
    [InlineData("MONOCHROME2", -1, "-1", true)]
    public void Read_RawImage_IsSaidAndShownWithBrightBone(string photometric, int sign, string slope, bool inverted)
    {
        Radiograph radiograph = Read(
            new DicomFileBuilder()
                .Text(Intent, "CS", "FOR PROCESSING")
                .Text(0x0028_0004, "CS", photometric)
                .Number(Sign, sign, "SS")
                .Text(0x0028_1053, "DS", slope)
        );

        Assert.Contains(radiograph.Provenance.Warnings, warning => warning.Contains("FOR PROCESSING", StringComparison.Ordinal));
        Assert.Equal(inverted, radiograph.Provenance.Dicom!.Inverted);

        // Sign 1: small values are little intensity, which is bone.
        Assert.Equal(sign == 1 ? 1f : 0f, radiograph.Image.Pixels[0]);
    }

    [Fact]
    public void Read_RawImageWithoutSign_IsSaid() =>
        Assert.Contains(
            Read(new DicomFileBuilder().Text(Intent, "CS", "FOR PROCESSING")).Provenance.Warnings,
            warning => warning.Contains("does not say whether bone is bright", StringComparison.Ordinal)
        );

    [Fact]
    public void Read_PresentationImageWhoseSignContradicts_IsShownAsItSaysWithAWarning()
    {
        DicomFileBuilder file = new DicomFileBuilder().Text(Intent, "CS", "FOR PRESENTATION").Number(Sign, 1, "SS");

        Assert.Equal(0f, First(file));
        Assert.Contains(
            Read(file).Provenance.Warnings,
            warning => warning.Contains("PixelIntensityRelationshipSign", StringComparison.Ordinal)
        );
        Assert.Empty(Read(file.Number(Sign, -1, "SS")).Provenance.Warnings);
    }

    [Theory]
    [InlineData(0x0028_0301u, "YES", "burned into the picture")]
    [InlineData(0x0008_0060u, "MR", "the modality (MR)")]
    [InlineData(0x0008_0060u, "CT", "the modality (CT)")]
    [InlineData(0x0008_0060u, "US", "the modality (US)")]
    [InlineData(0x0008_0060u, "SC", "the modality (SC)")]
    [InlineData(0x0008_0060u, "DOE^JANE", "the modality is not")]
    [InlineData(0x0018_0015u, "KNEE", "not the chest")]
    [InlineData(0x0018_5101u, "LL", "lateral")]
    [InlineData(0x0018_5101u, "RL", "lateral")]
    [InlineData(0x0018_5101u, "LATERAL", "lateral")]
    [InlineData(0x0018_5101u, "LLD", "decubitus")]
    [InlineData(0x0020_0020u, "A\\F", "does not describe a frontal picture")]
    public void Read_WhatTheModelIsNotMadeFor_IsSaid(uint tag, string value, string expected)
    {
        string warning = Assert.Single(Read(new DicomFileBuilder().Text(tag, "CS", value)).Provenance.Warnings);
        Assert.Contains(expected, warning, StringComparison.Ordinal);
        Assert.DoesNotContain("JANE", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("left lateral", true)]
    [InlineData("postero-anterior", false)]
    [InlineData("bilateral", false)]
    public void Read_CodedView_IsSaidWhenLateral(string meaning, bool lateral)
    {
        DicomFileBuilder file = new();
        byte[] item = file.Element(0x0008_0104, "LO", System.Text.Encoding.ASCII.GetBytes(meaning.PadRight((meaning.Length + 1) / 2 * 2)));

        RadiographProvenance read = Read(file.Raw(0x0054_0220, "SQ", DicomFileBuilder.Item(item, undefinedLength: false))).Provenance;

        Assert.Equal(lateral, read.Warnings.Contains("the view is lateral; the model was made for frontal radiographs"));
    }

    [Fact]
    public void Read_RawImageByItsClass_IsSaid() =>
        Assert.Contains(
            Read(new DicomFileBuilder().Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1.1.1")).Provenance.Warnings,
            warning => warning.Contains("FOR PROCESSING", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData(0x0028_0301u, "NO")]
    [InlineData(0x0018_5101u, "PA")]
    [InlineData(0x0018_5101u, "AP")]
    [InlineData(0x0008_0060u, "CR")]
    public void Read_WhatIsInOrder_IsNotSaid(uint tag, string value) =>
        Assert.Empty(Read(new DicomFileBuilder().Text(tag, "CS", value)).Provenance.Warnings);

    [Fact]
    public void Read_SeveralFrames_WantAChoice()
    {
        const int count = 48 * 40;
        DicomFileBuilder file = new DicomFileBuilder()
            .Text(0x0028_0008, "IS", "3")
            .Pixels([
                .. Enumerable
                    .Range(0, 3 * count)
                    .Select(i =>
                        i < count ? i
                        : i < 2 * count ? (2 * count) - i
                        : i - (2 * count)
                    ),
            ]);

        Assert.Equal(
            "test.dcm: it has 3 frames; choose one with `frame` (1 to 3), or give a file with one picture",
            Message(() => Read(file))
        );
        Assert.Contains("frame 4 was asked for, the file has 3", Message(() => Read(file, 4)), StringComparison.Ordinal);
        Assert.Contains("frame 0 was asked for", Message(() => Read(file, 0)), StringComparison.Ordinal);
        Assert.Equal((0f, 1f, 0f), (Read(file, 1).Image.Pixels[0], Read(file, 2).Image.Pixels[0], Read(file, 3).Image.Pixels[0]));
        Assert.Contains("the file has 3 frames; frame 2 was read", Read(file, 2).Provenance.Warnings);
    }

    [Fact]
    public void Read_ChosenFrameThatIsNotThere_EndsEarly() =>
        Assert.Contains(
            "2 picture(s) of 48 x 40 want 7680; transfer it again",
            Assert.Throws<InputException>(() => Read(new DicomFileBuilder().Text(0x0028_0008, "IS", "2"), 2)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_SpacingAndIdentifiers_AreKeptAndNotPrinted()
    {
        DicomFileBuilder file = new DicomFileBuilder()
            .Text(0x0018_1164, "DS", "0.14\\0.16")
            .Text(0x0028_0030, "DS", "0\\0")
            .Text(0x0020_000D, "UI", "1.2.3.4")
            .Text(0x0020_000E, "UI", "Jane Doe")
            .Text(0x0008_0018, "UI", "1.2.3.4.5.6");

        RadiographProvenance read = Read(file).Provenance;

        Assert.Equal((new PixelSpacing(0.14, 0.16), null), (read.ImagerPixelSpacing, read.PixelSpacing));
        Assert.Equal(
            ("1.2.3.4", null, "1.2.3.4.5.6"),
            (read.Identifiers!.StudyInstanceUid, read.Identifiers.SeriesInstanceUid, read.Identifiers.SopInstanceUid)
        );
        Assert.DoesNotContain("1.2.3.4", read.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DirtyHighBitsAndPadding_DoNotCount()
    {
        int[] values = [.. Enumerable.Range(0, 48 * 40).Select(i => i < 100 ? 0xF000 | 4095 : 0xA000 | (i % 1000))];

        Radiograph radiograph = Read(new DicomFileBuilder().Number(0x0028_0120, 4095).Pixels(values));

        Assert.Equal(0f, radiograph.Image.Pixels[0]);
        Assert.StartsWith("percentiles", radiograph.Provenance.Dicom!.Voi, StringComparison.Ordinal);
        Assert.Equal(1f, radiograph.Image.Pixels[999]);
    }
}
