using CxrOnnx.CommandLine;
using Xunit;

namespace CxrOnnx.Runtime.Tests.CommandLine;

[Trait("Category", "quick")]
public sealed class PlainTableTests
{
    [Fact]
    public void Write_Rows_AlignsColumnsWithoutTrailingSpaces()
    {
        StringWriter writer = new() { NewLine = "\n" };
        PlainTable.Write(
            writer,
            ["phrase", "box"],
            [
                ["a", "1, 2"],
                ["longer phrase", ""],
            ]
        );
        Assert.Equal("phrase         box\na              1, 2\nlonger phrase\n", writer.ToString());
    }
}
