using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>Gray values that a window, a table, padding or a bit depth has spoilt must be said, whatever the format.</summary>
[Trait("Category", "quick")]
public sealed class GrayRangeTests
{
    private const int Width = 48;
    private const int Height = 40;

    private static DicomFileBuilder Ramp(int stored = 12) =>
        new DicomFileBuilder(Width, Height, stored: stored).Pixels([.. Enumerable.Range(0, Width * Height).Select(i => i * 2)]);

    private static IReadOnlyList<string> Warnings(DicomFileBuilder file) =>
        RadiographReader.Read(file.Build(), "test.dcm", new RadiographReaderOptions { ProgramPath = "" }).Provenance.Warnings;

    private static IReadOnlyList<string> Windowed(string center, string width, DicomFileBuilder? file = null) =>
        Warnings((file ?? Ramp()).Text(0x0028_1050, "DS", center).Text(0x0028_1051, "DS", width));

    [Theory]
    [InlineData("32768", "65536", "hardly any contrast")]
    [InlineData("128", "256", "fully black or white")]
    [InlineData("2048", "1", "100 % of the pixels are fully black or white")]
    [InlineData("32768", "65536", "beyond all values that its bits can hold")]
    public void Read_WindowOfOtherValues_IsSaid(string center, string width, string expected) =>
        Assert.Contains(Windowed(center, width), warning => warning.Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("2048", "4096")]
    [InlineData("1900", "3000")]
    public void Read_WindowOfTheValues_HasNoRemark(string center, string width) => Assert.Empty(Windowed(center, width));

    [Fact]
    public void Read_UnsignedValuesCalledSigned_IsSaid() =>
        Assert.Contains(
            Windowed("2048", "4096", Ramp().Number(0x0028_0103, 1)),
            warning => warning.Contains("PixelRepresentation may be wrong", StringComparison.Ordinal)
        );

    [Fact]
    public void Read_TableWithFewerBitsThanItSays_IsSaid() =>
        Assert.Contains(
            Warnings(Ramp().Table(0x0028_3010, 0, 16, [.. Enumerable.Range(0, 4096)])),
            warning => warning.StartsWith("hardly any contrast", StringComparison.Ordinal)
        );

    [Fact]
    public void Read_PaddingThatIsNotDeclared_IsSaid()
    {
        int[] values = [.. Enumerable.Range(0, Width * Height).Select(i => i % Width < 5 ? 65535 : i * 2)];

        Assert.Contains(
            Warnings(Ramp(stored: 16).Pixels(values)),
            warning => warning.StartsWith("hardly any contrast: nearly all", StringComparison.Ordinal)
        );
        Assert.Empty(Warnings(Ramp(stored: 16).Pixels(values).Number(0x0028_0120, 65535)));
    }

    [Fact]
    public void Read_WindowThatIsNoNumber_IsSaid() =>
        Assert.Contains(Windowed("2048,5", "4096"), warning => warning.Contains("window lacks a number", StringComparison.Ordinal));

    [Theory]
    [InlineData(0x0028_1053u, "RescaleSlope (0028,1053) is no number")]
    [InlineData(0x0028_1052u, "RescaleIntercept (0028,1052) is no number")]
    public void Read_RescaleThatIsNoNumber_IsRefused(uint tag, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<Core.InputException>(() => Warnings(Ramp().Text(tag, "DS", "-1,0"))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_SixteenBitValuesInASliver_IsSaid()
    {
        ushort[] values = [.. Enumerable.Range(0, Width * Height).Select(i => (ushort)(32768 + (i * 2)))];
        byte[] png = Image
            .NewFromMemory<ushort>(values, Width, Height, 1, Enums.BandFormat.Ushort)
            .Copy(interpretation: Enums.Interpretation.Grey16)
            .PngsaveBuffer();

        Assert.Contains(
            RadiographReader.Read(png, "test.png").Provenance.Warnings,
            warning => warning.StartsWith("hardly any contrast", StringComparison.Ordinal)
        );
    }
}
