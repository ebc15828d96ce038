using System.IO.Compression;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Artifacts;

[Trait("Category", "quick")]
public sealed class CsvTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a,b\n1,2\n3,4\n")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n")]
    [InlineData("a,b\r1,2\r3,4\r")]
    [InlineData("a,b\r1,2\r3,4")]
    public void Load_AnyLineEnds_GivesRowsWithTheirLines(string text)
    {
        CsvTable table = Load(Encoding.UTF8.GetBytes(text));

        Assert.Equal([2, 3], table.Rows.Select(row => row.Line));
        Assert.Equal(["1", "3"], table.Rows.Select(row => table.Text(row, "a")));
        Assert.Equal("4", table.Text(table.Rows[1], "b"));
    }

    [Fact]
    public void Load_Utf16WithMark_IsRead() =>
        Assert.Equal("é", Load([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a\né\n")]).Rows[0].Fields[0]);

    [Fact]
    public void Load_Latin1_IsRefusedWithLineAndByte() =>
        Assert.Contains(
            "line 3: is not UTF-8 (byte 2 of the line is 0xE9); save the file as UTF-8",
            Refused([.. "a\nx\n"u8, (byte)'b', 0xE9, (byte)'c', (byte)'\n']),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xC3 }, "line 2: is not UTF-8 (byte 1 of the line is 0xC3)")]
    [InlineData(new byte[] { 0xE9 }, "line 1: is not UTF-8 (byte 1 of the line is 0xE9)")]
    [InlineData(new byte[] { (byte)'a', 0, (byte)'\n', 0 }, "line 1: holds a zero byte")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x00, 0xD8 }, "is not the UTF-16 that its mark says")]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "is a gzip archive that is broken or ends too early")]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 0 }, "is a compressed file, a CSV file was expected")]
    public void Load_BytesThatAreNoText_AreRefused(byte[] bytes, string expected) =>
        Assert.Contains(expected, Refused(bytes), StringComparison.Ordinal);

    [Fact]
    public void Load_GzipUnderAnyName_IsReadAndRefusedWhereItEndsEarly()
    {
        byte[] packed = Packed("\uFEFFa,b\r\n1,\"2\"\r\n");

        CsvTable table = Load(packed);

        Assert.Equal("2", table.Text(table.Rows[0], "b"));
        Assert.Contains("is a gzip archive that is broken or ends too early", Refused(packed[..^12]), StringComparison.Ordinal);
        Assert.Contains("fetch the file again", Refused(packed[..^12]), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_NameInOtherCase_IsFoundAfterTheVeryName()
    {
        CsvTable table = Load("Image_ID,X,x\na,1,2\n"u8.ToArray());

        Assert.Equal("a", table.Text(table.Rows[0], "image_id"));
        Assert.Equal("2", table.Text(table.Rows[0], "x"));
        Assert.Equal("1", table.Text(table.Rows[0], "X"));
    }

    [Theory]
    [InlineData("", "line 2: x is empty, a number was expected; fill it in, or remove the row")]
    [InlineData("nan", "line 2: x is 'nan', a number was expected; mend it, or remove the row")]
    public void Number_NoNumber_SaysWhatToDo(string field, string expected)
    {
        CsvTable table = Load(Encoding.UTF8.GetBytes($"a,x\n1,{field}\n"));

        Assert.Contains(expected, Assert.Throws<InputException>(() => table.Number(table.Rows[0], "x")).Message, StringComparison.Ordinal);
        Assert.Equal("", table.Value(table.Rows[0], "x"));
    }

    [Fact]
    public void Text_ColumnThatIsThereTwice_IsRefused()
    {
        CsvTable table = Load("x,y,x\n1,2,3\n"u8.ToArray());

        Assert.Equal("2", table.Text(table.Rows[0], "y"));
        Assert.Contains(
            "line 1: two columns are called x",
            Assert.Throws<InputException>(() => table.Text(table.Rows[0], "x")).Message,
            StringComparison.Ordinal
        );
    }

    private static byte[] Packed(string text)
    {
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionMode.Compress))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private CsvTable Load(byte[] bytes)
    {
        string path = _folder.File("table.csv");
        File.WriteAllBytes(path, bytes);
        return CsvTable.Load(path);
    }

    private string Refused(byte[] bytes) => Assert.Throws<InputException>(() => Load(bytes)).Message;
}
