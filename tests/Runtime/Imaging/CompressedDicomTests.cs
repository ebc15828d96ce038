using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>DICOM files that GDCM's program has to decompress.</summary>
[Trait("Category", "process")]
public sealed class CompressedDicomTests
{
    [Fact]
    public void Read_CompressedWithoutGdcm_NamesThePackage()
    {
        byte[] file = File.ReadAllBytes(Fixtures.Path("dicom/chest-j2k.dcm"));
        using TemporaryFolder empty = new();

        InputException exception = Assert.Throws<InputException>(() =>
            RadiographReader.Read(file, "RG1.dcm", new RadiographReaderOptions { ProgramPath = empty.Path })
        );

        Assert.Equal(
            "RG1.dcm: DICOM with transfer syntax JPEG 2000 needs the program gdcmconv, which is not in PATH: install the package "
                + "libgdcm-tools (apt-get install libgdcm-tools)",
            exception.Message
        );
    }

    [Fact]
    public void Read_Jpeg2000Chest_TakesTheWindowAndInverts()
    {
        string path = Fixtures.Path("dicom/chest-j2k.dcm");
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");

        Radiograph radiograph = RadiographReader.Read(path);

        Assert.Equal((128, 150), (radiograph.Image.Width, radiograph.Image.Height));
        Assert.Equal(16, radiograph.Provenance.Bits); // 15 in the file; GDCM's JPEG 2000 stream says 16
        Assert.Equal(
            new DicomRendering("JPEG 2000", "gdcmconv", "identity", "window 15000/30000 LINEAR", Inverted: true),
            radiograph.Provenance.Dicom
        );
        Assert.Empty(radiograph.Provenance.Warnings);

        // A lung is dark and the mediastinum bright once the picture is the right way round.
        Assert.True(radiograph.Image.Pixels[(75 * 128) + 64] > radiograph.Image.Pixels[(60 * 128) + 35] + 0.1f);
    }

    [Fact]
    public void Read_Jpeg2000Extremity_WarnsThatItIsNoChest()
    {
        string path = Fixtures.Path("dicom/extremity-j2k.dcm");
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");

        Radiograph radiograph = RadiographReader.Read(path);

        Assert.Contains(
            radiograph.Provenance.Warnings,
            warning => warning.StartsWith("BodyPartExamined is not the chest", StringComparison.Ordinal)
        );
        Assert.Equal(ImageOrientation.MirrorHorizontally, radiograph.Provenance.Orientation);
    }

    [Fact]
    public void Read_TruncatedJpeg2000_SaysSo()
    {
        byte[] file = File.ReadAllBytes(Fixtures.Path("dicom/chest-j2k.dcm"))[..10_000];

        InputException exception = Assert.Throws<InputException>(() => RadiographReader.Read(file, "cut.dcm"));

        Assert.Equal(
            "cut.dcm: damaged DICOM file: it ends at byte 10000 inside its compressed pixel data; transfer it again",
            exception.Message
        );
    }

    [Fact]
    public void Read_GdcmThatFails_LeavesNoFolderBehind()
    {
        byte[] file = File.ReadAllBytes(Fixtures.Path("dicom/chest-j2k.dcm"));
        using TemporaryFolder programs = new();
        WriteProgram(programs, "for last; do :; done\ndirname \"$last\" > \"$0.folder\"\nexit 1\n");

        Assert.Throws<InputException>(() =>
            RadiographReader.Read(file, "cut.dcm", new RadiographReaderOptions { ProgramPath = programs.Path })
        );

        string used = File.ReadAllText(programs.File("gdcmconv.folder")).Trim();
        Assert.Contains("cxr-dicom-", used, StringComparison.Ordinal);
        Assert.False(Directory.Exists(used));
    }

    [Theory]
    [InlineData(8, "the DICOM header says 128 x 150 pixels, its compressed picture 65664 x 150")]
    [InlineData(12, "the DICOM header says 128 x 150 pixels, its compressed picture 128 x 65686")]
    public void Read_StreamOfAnotherSize_IsRefusedBeforeItIsDecompressed(int at, string expected)
    {
        byte[] file = File.ReadAllBytes(Fixtures.Path("dicom/chest-j2k.dcm"));
        int stream = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]);
        file[stream + at + 1] = 1;
        using TemporaryFolder empty = new();

        InputException exception = Assert.Throws<InputException>(() =>
            RadiographReader.Read(file, "odd.dcm", new RadiographReaderOptions { ProgramPath = empty.Path })
        );

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Gdcm_MayTakeSoMuchMemoryAsThePictureNeeds()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/prlimit"), "prlimit not installed (Debian package util-linux)");
        byte[] file = File.ReadAllBytes(Fixtures.Path("dicom/chest-j2k.dcm"));
        using TemporaryFolder programs = new();
        WriteProgram(programs, "ulimit -v > \"$0.limit\"\nexit 1\n");

        Assert.Throws<InputException>(() =>
            RadiographReader.Read(file, "chest.dcm", new RadiographReaderOptions { ProgramPath = programs.Path })
        );

        // 512 MiB, and 32 bytes for each of 128 x 150 pixels; in KiB.
        Assert.Equal("524888", File.ReadAllText(programs.File("gdcmconv.limit")).Trim());
    }

    [Fact]
    public void Read_GdcmThatHangs_IsStopped()
    {
        byte[] file = File.ReadAllBytes(Fixtures.Path("dicom/chest-j2k.dcm"));
        using TemporaryFolder programs = new();
        WriteProgram(programs, "sleep 60\n");

        InputException exception = Assert.Throws<InputException>(() =>
            RadiographReader.Read(
                file,
                "slow.dcm",
                new RadiographReaderOptions { ProgramPath = programs.Path, DecompressionTimeout = TimeSpan.FromMilliseconds(200) }
            )
        );

        Assert.Contains("did not finish within 0.2 s", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Puts a shell script in the place of gdcmconv.</summary>
    private static void WriteProgram(TemporaryFolder folder, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell script");
        string program = folder.File("gdcmconv");
        File.WriteAllText(program, "#!/bin/sh\n" + script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }
    }
}
