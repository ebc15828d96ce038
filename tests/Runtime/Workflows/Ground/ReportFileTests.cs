using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Ground;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Ground;

[Trait("Category", "quick")]
public sealed class ReportFileTests : IDisposable
{
    private const string Text = "FINDINGS: Pneumonia in the left lower lobe. Effusion \u2013 none. Temperature 38\u00B0.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ReportReading Read(byte[] bytes)
    {
        string path = _folder.File("report.txt");
        File.WriteAllBytes(path, bytes);
        return ReportFile.Read(path);
    }

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-16", true)]
    public void Read_Unicode_HasNoRemark(string encoding, bool mark)
    {
        Encoding unicode = Encoding.GetEncoding(encoding);

        ReportReading reading = Read([.. mark ? unicode.GetPreamble() : [], .. unicode.GetBytes(Text)]);

        Assert.Equal("left lower pneumonia", Assert.Single(reading.Findings).Prompt.ToString());
        Assert.Empty(reading.Remarks);
    }

    [Fact]
    public void Read_Windows1252_KeepsTheDashAndSaysSo()
    {
        ReportReading reading = Read(CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(Text));

        Assert.Equal("left lower pneumonia", Assert.Single(reading.Findings).Prompt.ToString());
        Assert.Contains(reading.Denied, statement => statement.Sentence.Contains('\u2013', StringComparison.Ordinal));
        Assert.Contains("not UTF-8", Assert.Single(reading.Remarks).Kind, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_SaysWhatIsWanted() =>
        Assert.Contains(
            "no such file",
            Assert.Throws<InputException>(() => ReportFile.Read(_folder.File("missing.txt"))).Message,
            StringComparison.Ordinal
        );
}
