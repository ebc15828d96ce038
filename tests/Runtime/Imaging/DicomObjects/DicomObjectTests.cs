using System.Buffers.Binary;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging.DicomObjects;

/// <summary>DICOM objects without a validator: identifiers, patient, bytes.</summary>
[Trait("Category", "quick")]
public sealed class DicomObjectTests : IDisposable
{
    private const uint PatientName = 0x0010_0010;
    private const uint SegmentLabel = 0x0062_0005;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<DicomObjectKind> Kinds => [.. Enum.GetValues<DicomObjectKind>()];

    public void Dispose() => _folder.Dispose();

    private static DicomDataset Read(DicomObjectFile one, params uint[] besides) =>
        DicomParser.Parse(one.Content, "object", long.MaxValue, besides.ToHashSet()).Dataset!;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_Twice_GivesTheSameBytes(DicomObjectKind kind)
    {
        string path = SampleFindings.Write(_folder);
        IReadOnlyList<DicomObjectFile> first = DicomObjectWriter.Write(kind, SampleFindings.Of(path));
        IReadOnlyList<DicomObjectFile> second = DicomObjectWriter.Write(kind, SampleFindings.Of(path));

        Assert.NotEmpty(first);
        Assert.Equal(first.Select(one => one.Content), second.Select(one => one.Content));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_AtAnotherTime_GivesTheSameIdentifiers(DicomObjectKind kind)
    {
        string path = SampleFindings.Write(_folder);
        DicomObjectFile now = DicomObjectWriter.Write(kind, SampleFindings.Of(path))[0];
        DicomObjectFile later = DicomObjectWriter.Write(kind, SampleFindings.Of(path, created: SampleFindings.Created.AddDays(3)))[0];
        DicomObjectFile other = DicomObjectWriter.Write(kind, SampleFindings.Of(path, phrase: "left lower edema"))[0];

        Assert.NotEqual(now.Content, later.Content);
        Assert.Equal(now.SopInstanceUid, later.SopInstanceUid);
        Assert.NotEqual(now.SopInstanceUid, other.SopInstanceUid);
        Assert.Matches("^2\\.25\\.[1-9][0-9]{1,38}$", now.SopInstanceUid);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_OfAFile_BelongsToItsStudyAndPatient(DicomObjectKind kind)
    {
        foreach (DicomObjectFile one in DicomObjectWriter.Write(kind, SampleFindings.Of(SampleFindings.Write(_folder))))
        {
            DicomDataset read = Read(one, PatientName);

            Assert.Equal("1.2.826.0.1.3680043.8.498.1", read.Texts(DicomTag.StudyInstanceUid)[0]);
            Assert.NotEqual("1.2.826.0.1.3680043.8.498.2", read.Texts(DicomTag.SeriesInstanceUid)[0]);
            Assert.Equal(one.SopInstanceUid, read.Texts(DicomTag.SopInstanceUid)[0]);
            Assert.Equal(Encoding.Latin1.GetBytes(SampleFindings.Name), read.Bytes(PatientName).ToArray()[..14]);
            Assert.DoesNotContain("nted", one.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Write_SegmentationWithoutARegion_GivesNone()
    {
        DicomFindings all = SampleFindings.Of(SampleFindings.Write(_folder));
        DicomFindings without = new()
        {
            Source = all.Source,
            Provenance = all.Provenance,
            Findings = [.. all.Findings.Skip(1)],
            Model = all.Model,
            BundleId = all.BundleId,
            Settings = all.Settings,
            Threshold = all.Threshold,
            SoftwareVersion = all.SoftwareVersion,
            Created = all.Created,
        };

        Assert.Empty(DicomObjectWriter.Write(DicomObjectKind.Segmentation, without));
        Assert.Single(DicomObjectWriter.Write(DicomObjectKind.SecondaryCapture, without));
        Assert.Single(DicomObjectWriter.Write(DicomObjectKind.StructuredReport, without));
    }

    [Fact]
    public void Pack_TwoFramesOfFivePixels_LeavesNoGapBetweenThem()
    {
        byte[] packed = Segmentation.Pack(
            [
                [true, false, false, false, true],
                [true, true, false, false, true],
            ],
            5
        );

        Assert.Equal([0b0111_0001, 0b0000_0010], packed);
    }

    [Fact]
    public void Write_MapOfAMirroredImage_LiesOnTheStoredGrid()
    {
        DicomObjectFile map = DicomObjectWriter.Write(
            DicomObjectKind.ParametricMap,
            SampleFindings.Of(SampleFindings.Write(_folder, orientation: "R\\F"))
        )[0];
        ReadOnlySpan<byte> values = Read(map, 0x7FE0_0008).Bytes(0x7FE0_0008).Span;

        float At(ReadOnlySpan<byte> bytes, int x, int y) => BinaryPrimitives.ReadSingleLittleEndian(bytes[(((y * 51) + x) * 4)..]);
        Assert.Equal((0.9f, 0.3f, -1f), (At(values, 50 - 30, 20), At(values, 30, 20), At(values, 0, 0)));
    }

    [Fact]
    public void Write_PresentationStateOfColour_IsRefused()
    {
        string path = SampleFindings.Write(_folder, colour: true);

        InputException refusal = Assert.Throws<InputException>(() =>
            DicomObjectWriter.Write(DicomObjectKind.PresentationState, SampleFindings.Of(path))
        );
        Assert.Contains("in colour", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SourceWithoutStudy_IsRefused()
    {
        string path = _folder.File("bare.dcm");
        File.WriteAllBytes(path, new DicomFileBuilder().Build());

        InputException refusal = Assert.Throws<InputException>(() => DicomSource.Read(path));
        Assert.Contains("StudyInstanceUID (0020,000D) is missing", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Planted", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sc,seg", new[] { DicomObjectKind.SecondaryCapture, DicomObjectKind.Segmentation })]
    [InlineData("seg, sc", new[] { DicomObjectKind.SecondaryCapture, DicomObjectKind.Segmentation })]
    public void Parse_ListOfKinds_IsInTheirOrder(string list, DicomObjectKind[] expected) =>
        Assert.Equal(expected, DicomObjectKinds.Parse(list));

    [Theory]
    [InlineData("jpeg")]
    [InlineData(",")]
    public void Parse_UnknownOrEmptyList_IsRefused(string list) =>
        Assert.Contains(
            "sc, gsps, seg, pm, sr",
            Assert.Throws<InputException>(() => DicomObjectKinds.Parse(list)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("", "ABC", "ISO_IR 192")]
    [InlineData("", "\u00c4", "")]
    [InlineData("ISO_IR 100", "\u00c4", "ISO_IR 100")]
    public void Charset_OfAFile_IsThatOfItsNames(string declared, string name, string expected) =>
        Assert.Equal(expected, DicomCharset.Of(declared, [Encoding.Latin1.GetBytes(name)]));

    [Fact]
    public void Text_WithBackslashAndControlCharacters_StaysOneValue()
    {
        byte[] bytes = new DataSetWriter("ISO_IR 192").Text(SegmentLabel, "LO", "a\\b\nc \u00e9").ToBytes();

        Assert.Equal("a/b c \u00e9", Encoding.UTF8.GetString(bytes.AsSpan(8)));
    }

    [Theory]
    [InlineData(ImageOrientation.Transpose, 90, true)]
    [InlineData(ImageOrientation.Transverse, 270, true)]
    [InlineData(ImageOrientation.MirrorVertically, 180, true)]
    [InlineData(ImageOrientation.Rotate270, 270, false)]
    public void Turn_OfAnOrientation_IsRotationThenMirror(ImageOrientation orientation, int rotation, bool flips) =>
        Assert.Equal((rotation, flips), PresentationState.Turn(orientation));
}
