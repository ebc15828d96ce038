using System.Buffers.Binary;
using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>Samples that contradict the header which describes them.</summary>
[Trait("Category", "quick")]
public sealed class DicomSampleTests
{
    private const int Width = 48;
    private const int Height = 40;

    private static int[] Ramp { get; } = [.. Enumerable.Range(0, Width * Height).Select(i => i * 2)];

    private static IReadOnlyList<string> Warnings(byte[] file) =>
        RadiographReader.Read(file, "test.dcm", new RadiographReaderOptions { ProgramPath = "" }).Provenance.Warnings;

    private static IReadOnlyList<string> Warnings(DicomFileBuilder file) => Warnings(file.Build());

    [Theory]
    [InlineData(10, 9, 0)]
    [InlineData(12, 15, 0)]
    [InlineData(12, 11, 0x8000)]
    public void Read_BitsOutsideOfTheNamedOnes_AreSaid(int stored, int high, int added) =>
        Assert.Contains(
            Warnings(
                new DicomFileBuilder(Width, Height, stored: stored)
                    .Number(0x0028_0102, high)
                    .Pixels([.. Ramp.Select(value => value | added)])
            ),
            warning => warning.Contains("bits set outside of the", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData(0xFFFF)]
    [InlineData(0x0FFF)]
    public void Read_SignBits_HaveNoRemark(int mask) =>
        Assert.Empty(
            Warnings(new DicomFileBuilder(Width, Height).Number(0x0028_0103, 1).Pixels([.. Ramp.Select(value => (value - 1900) & mask)]))
        );

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(Height, "Rows or Columns are wrong")]
    [InlineData(Width * Height, "long enough for more pictures")]
    public void Read_PixelDataThatAreTooLong_AreSaid(int samples, string? expected)
    {
        IReadOnlyList<string> warnings = Warnings(new DicomFileBuilder(Width, Height).Pixels([.. Ramp, .. new int[samples]]));

        Assert.Equal(expected is null ? 0 : 1, warnings.Count);
        Assert.All(warnings, warning => Assert.Contains(expected!, warning, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_SwappedBytes_AreSaid() =>
        Assert.Contains(
            Warnings(
                new DicomFileBuilder(Width, Height, stored: 16).Pixels([
                    .. Ramp.Select(value => (int)BinaryPrimitives.ReverseEndianness((ushort)value)),
                ])
            ),
            warning => warning.Contains("with their bytes swapped", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData(0x0028_0010u, "US", new byte[] { Width, 0 }, "(0028,0010) is there twice")]
    [InlineData(
        0x0028_0004u,
        "CS",
        new byte[] { 0x4D, 0x4F, 0x4E, 0x4F, 0x43, 0x48, 0x52, 0x4F, 0x4D, 0x45, 0x31, 0x20 },
        "(0028,0004) is there twice"
    )]
    public void Read_AttributeTwiceWithDifferentValues_IsRefused(uint tag, string representation, byte[] second, string expected)
    {
        DicomFileBuilder file = new(Width, Height);
        byte[] first =
            tag == 0x0028_0010
                ? file.Element(tag, representation, [Height, 0])
                : file.Element(tag, representation, "MONOCHROME2 "u8[..12].ToArray());

        Assert.Contains(
            expected,
            Assert
                .Throws<InputException>(() => Warnings(file.Bytes(tag, [.. first, .. file.Element(tag, representation, second)])))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Empty(Warnings(file.Bytes(tag, [.. first, .. first])));
    }

    [Fact]
    public void Read_PixelDataTwice_AreRefused()
    {
        DicomFileBuilder file = new(Width, Height);
        byte[] pixels = file.Element(0x7FE0_0010, "OW", DicomFileBuilder.Words(Ramp));

        Assert.Contains(
            "(7FE0,0010) is there twice",
            Assert.Throws<InputException>(() => Warnings(file.Bytes(0x7FE0_0010, [.. pixels, .. pixels]))).Message,
            StringComparison.Ordinal
        );
    }
}
