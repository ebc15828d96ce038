using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

/// <summary>The figures of docs/curation.md: exact counts, below which no change may fall.</summary>
[Trait("Category", "quick")]
public sealed class ReportSentencesTests
{
    [Theory]
    [InlineData("sentences-own.tsv", 50, 49, 49, 48)]
    [InlineData("sentences-reported.tsv", 66, 66, 66, 66)]
    [InlineData("sentences-heldout.tsv", 30, 30, 30, 29)]
    [InlineData("sentences-traps.tsv", 200, 200, 200, 200)]
    public void Read_SentencesOfReports_GiveWhatACarefulReaderTakesFromThem(string name, int known, int found, int right, int doubtRight)
    {
        ReportSentences set = ReportSentences.Read(name);

        Assert.True(known == set.Known, set.Summary);
        Assert.True(set.Right >= right, set.Summary);
        Assert.True(set.Found - set.Right <= found - right, set.Summary);
        Assert.True(set.DoubtRight >= doubtRight, set.Summary);
        Assert.True(set.Invented.Count == 0, $"findings where there are none: {string.Join('\n', set.Invented)}");
    }
}
