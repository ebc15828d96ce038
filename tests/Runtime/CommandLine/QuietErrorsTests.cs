using CxrOnnx.CommandLine;
using Xunit;

namespace CxrOnnx.Runtime.Tests.CommandLine;

[Trait("Category", "quick")]
public sealed class QuietErrorsTests
{
    [Fact]
    public void Write_Lines_KeepsErrorsAndWarningsOnly()
    {
        StringWriter inner = new() { NewLine = "\n" };
        TextWriter quiet = QuietErrors.Of(["ground", "--quiet"], inner);

        quiet.WriteLine("grounding: 40%");
        quiet.Write("warn");
        quiet.Write("ing: odd image\r\n");
        quiet.WriteLine("note: error: not at the start");
        quiet.WriteLine("error: no such file");

        Assert.Equal("warning: odd image\nerror: no such file\n", inner.ToString());
    }

    [Theory]
    [InlineData("ground", "chest.png", "edema")]
    [InlineData("ground", "chest.png", "--", "--quiet")]
    public void Of_WithoutTheOption_IsTheWriterItself(params string[] words)
    {
        StringWriter inner = new();
        Assert.Same(inner, QuietErrors.Of(words, inner));
    }
}
