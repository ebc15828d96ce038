using CsCheck;
using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "slow")]
public sealed class DicomRefusalTests
{
    private const uint ModalityLut = 0x0028_3000;
    private const uint VoiLut = 0x0028_3010;

    private static Radiograph Read(DicomFileBuilder file) => RadiographReader.Read(file.Build(), "test.dcm");

    [Fact]
    public void Read_EveryTruncation_GivesOneLine()
    {
        byte[] whole = new DicomFileBuilder().Table(VoiLut, 0, 12, [.. Enumerable.Range(0, 64)], undefinedLength: true).Build();
        int headerEnd = whole.Length - (48 * 40 * 2);
        foreach (int length in Enumerable.Range(0, headerEnd + 8).Append(whole.Length - 1))
        {
            InputException exception = Assert.Throws<InputException>(() => RadiographReader.Read(whole[..length], "cut.dcm"));
            Assert.DoesNotContain('\n', exception.Message);
            Assert.StartsWith("cut.dcm: ", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_DamagedHeaders_NeverFailOtherwiseThanWithInputException()
    {
        byte[] whole = new DicomFileBuilder().Table(ModalityLut, 0, 12, [.. Enumerable.Range(0, 64)], undefinedLength: true).Build();
        int headerEnd = whole.Length - (48 * 40 * 2);
        RadiographReaderOptions options = new() { ProgramPath = "" };
        Gen.Select(Gen.Int[132, headerEnd - 1], Gen.Byte)
            .Array[1, 4]
            .Sample(
                changes =>
                {
                    byte[] damaged = [.. whole];
                    foreach ((int at, byte value) in changes)
                    {
                        damaged[at] = value;
                    }

                    try
                    {
                        _ = RadiographReader.Read(damaged, "damaged.dcm", options);
                    }
                    catch (InputException exception)
                    {
                        Assert.DoesNotContain("Planted", exception.Message, StringComparison.Ordinal);
                    }
                },
                iter: 2000,
                threads: 1
            );
    }

    [Fact]
    public void Read_SequenceNestedTooDeep_IsRefused()
    {
        byte[] nested =
        [
            .. Enumerable
                .Repeat<byte[]>(
                    [
                        0x08,
                        0x00,
                        0x15,
                        0x11,
                        (byte)'S',
                        (byte)'Q',
                        0,
                        0,
                        0xFF,
                        0xFF,
                        0xFF,
                        0xFF,
                        0xFE,
                        0xFF,
                        0x00,
                        0xE0,
                        0xFF,
                        0xFF,
                        0xFF,
                        0xFF,
                    ],
                    5000
                )
                .SelectMany(part => part),
        ];
        byte[] whole = new DicomFileBuilder().Build();
        int dataset = 132 + 8 + 20;

        InputException exception = Assert.Throws<InputException>(() => RadiographReader.Read([.. whole[..dataset], .. nested], "deep.dcm"));

        Assert.Contains("nested deeper than 16", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0028_0010u, "without Rows (0028,0010)")]
    [InlineData(0x0028_0011u, "without Columns (0028,0011)")]
    [InlineData(0x0028_0100u, "without BitsAllocated (0028,0100)")]
    [InlineData(0x0028_0004u, "photometric interpretation")]
    [InlineData(0x7FE0_0010u, "without pixel data")]
    public void Read_MissingAttribute_IsNamed(uint tag, string expected)
    {
        InputException exception = Assert.Throws<InputException>(() => Read(new DicomFileBuilder().Without(tag)));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ContradictoryValues_AreRefused()
    {
        Assert.Contains("does not fit together", Message(new DicomFileBuilder().Number(0x0028_0102, 3)), StringComparison.Ordinal);
        Assert.Contains("32 bits allocated", Message(new DicomFileBuilder().Number(0x0028_0100, 32)), StringComparison.Ordinal);
        Assert.Contains(
            "PALETTE COLOR",
            Message(new DicomFileBuilder().Text(0x0028_0004, "CS", "PALETTE COLOR")),
            StringComparison.Ordinal
        );
        Assert.Contains("rescale slope 0", Message(new DicomFileBuilder().Text(0x0028_1053, "DS", "0")), StringComparison.Ordinal);
        Assert.Contains(
            "million pixels",
            Message(new DicomFileBuilder().Number(0x0028_0010, 60000).Number(0x0028_0011, 60000)),
            StringComparison.Ordinal
        );
        Assert.Contains("transfer it again", Message(new DicomFileBuilder().Pixels([1, 2, 3])), StringComparison.Ordinal);

        static string Message(DicomFileBuilder file) => Assert.Throws<InputException>(() => Read(file)).Message;
    }
}
