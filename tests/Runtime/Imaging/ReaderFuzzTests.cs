using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>Damaged files of every format give a picture or one clear line, quickly, and nothing else.</summary>
[Trait("Category", "slow")]
public sealed class ReaderFuzzTests
{
    private static readonly int Files = ChangedBytes.Count(900);
    private static readonly RadiographReaderOptions Options = new() { MaxPixels = 4_000_000, MaxFileBytes = 8 << 20 };

    public static TheoryData<string> Kinds => new(Seeds().Keys);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_ChangedBytes_GiveAPictureOrOneLine(string kind)
    {
        Check(kind, Seeds()[kind], Files, Options with { ProgramPath = "" });
    }

    [Theory]
    [InlineData("chest-j2k")]
    [InlineData("extremity-j2k")]
    public void Read_ChangedCompressedDicom_GivesAPictureOrOneLine(string kind)
    {
        Assert.SkipWhen(Gdcm.Find() is null, "gdcmconv not installed (Debian package libgdcm-tools)");
        Check(kind, File.ReadAllBytes(Fixtures.Path($"dicom/{kind}.dcm")), ChangedBytes.Count(60), Options);
    }

    private static void Check(string kind, byte[] good, int files, RadiographReaderOptions options)
    {
        Random random = new(kind.Length + (kind[0] * 31));
        ChangedBytes.ReadAll(kind, files, _ => IsRead(ChangedBytes.Of(good, random), options));
    }

    private static bool IsRead(byte[] bytes, RadiographReaderOptions options)
    {
        try
        {
            Radiograph radiograph = RadiographReader.Read(bytes, "fuzz", options);
            Assert.DoesNotContain(radiograph.Image.Pixels, value => float.IsNaN(value) || value < 0 || value > 1);
            Assert.All(radiograph.Provenance.Warnings, warning => Assert.DoesNotContain("Planted", warning, StringComparison.Ordinal));
            return true;
        }
        catch (InputException exception)
        {
            Assert.StartsWith("fuzz: ", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
            Assert.DoesNotContain("Planted", exception.Message, StringComparison.Ordinal);
            return false;
        }
    }

    internal static Dictionary<string, byte[]> Seeds()
    {
        DicomFileBuilder icon = new();
        byte[] nested = DicomFileBuilder.Item(
            icon.Element(0x7FE0_0010, "OB undefined", DicomFileBuilder.Fragments([0xFF, 0xD8, 1, 2, 3])),
            undefinedLength: true
        );
        Image gray = Image
            .NewFromMemory<ushort>([.. Enumerable.Range(0, 40 * 36).Select(i => (ushort)(i * 45))], 40, 36, 1, Enums.BandFormat.Ushort)
            .Copy(interpretation: Enums.Interpretation.Grey16);
        return new Dictionary<string, byte[]>
        {
            ["explicit"] = new DicomFileBuilder()
                .Table(0x0028_3010, 0, 12, [.. Enumerable.Range(0, 64)], undefinedLength: true)
                .Raw(0x0088_0200, "SQ undefined", nested)
                .Build(),
            ["implicit"] = new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Implicit }
                .Table(0x0028_3000, 0, 12, [.. Enumerable.Range(0, 64)])
                .Build(),
            ["deflated"] = new DicomFileBuilder { TransferSyntax = DicomFileBuilder.Deflated }.Build(),
            ["colour"] = new DicomFileBuilder(allocated: 8, stored: 8)
                .Number(0x0028_0002, 3)
                .Number(0x0028_0006, 1)
                .Text(0x0028_0004, "CS", "YBR_FULL_422")
                .Pixels([.. Enumerable.Range(0, 48 * 40 * 3)])
                .Build(),
            ["frames"] = new DicomFileBuilder().Text(0x0028_0008, "IS", "1").Number(0x0028_0120, 9).Number(0x0028_1041, 1, "SS").Build(),
            ["tiff"] = new TiffFileBuilder().Page(0, 16, 2, (pixel, _) => pixel).Tag(338, 2).Build(),
            ["tiff-mm"] = new TiffFileBuilder { BigEndian = true }
                .Page(6, 8, 3, (pixel, _) => pixel % 250)
                .Tag(530, 2, 2)
                .Build(),
            ["tiff-lzw"] = gray.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw, tile: true, tileWidth: 16, tileHeight: 16),
            ["bigtiff"] = gray.TiffsaveBuffer(bigtiff: true),
            ["png"] = gray.PngsaveBuffer(),
            ["png-interlaced"] = gray.PngsaveBuffer(interlace: true),
            ["jpeg"] = (gray >> 8).Cast(Enums.BandFormat.Uchar).JpegsaveBuffer(),
        };
    }
}
