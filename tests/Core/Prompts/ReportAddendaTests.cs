using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class ReportAddendaTests
{
    [Theory]
    [InlineData(
        "FINDINGS: There is a left pleural effusion.\n"
            + "ADDENDUM: The above report should read right pleural effusion, not left pleural effusion.",
        "right pleural effusion"
    )]
    [InlineData("FINDINGS: There is a left effusion.\nADDENDUM: \"Left\" should read \"right\".", "right pleural effusion")]
    [InlineData("FINDINGS: There is a left effusion.\nADDENDUM: Laterality error: the effusion is right-sided.", "right pleural effusion")]
    [InlineData("FINDINGS: left effusion.\nCORRECTION: right effusion.", "right pleural effusion")]
    [InlineData("FINDINGS: Right pneumothorax.\nAddendum by Dr. X: the side should be left rather than right.", "left pneumothorax")]
    [InlineData("FINDINGS: Right effusion.\n\nADDENDUM: Correction - the effusion is left sided.", "left pleural effusion")]
    [InlineData("FINDINGS: Right effusion.\n\nADDENDUM: The effusion is on the left, not on the right.", "left pleural effusion")]
    [InlineData("FINDINGS: Right effusion.\nADDENDUM: The above should read left, not right.", "left pleural effusion")]
    [InlineData("FINDINGS: Right effusion. The report should read left effusion, not right.", "left pleural effusion")]
    [InlineData("FINDINGS: Small left pneumothorax.\nADDENDUM: On review no pneumothorax is present.", "")]
    public void Read_AddendumThatCorrects_Wins(string report, string expected)
    {
        ReportReading reading = ReportParser.Read(report);

        Assert.Equal(expected, string.Join('|', reading.Findings.Select(finding => finding.Prompt.Text)));
        Assert.Single(reading.Remarks);
    }

    [Fact]
    public void Read_AddendumThatAdds_AddsOnly()
    {
        ReportReading reading = ReportParser.Read(
            "FINDINGS: Left effusion.\n\nADDENDUM\n\nA tiny left apical pneumothorax is present in retrospect."
        );

        Assert.Equal(["left pleural effusion", "left apical pneumothorax"], reading.Findings.Select(finding => finding.Prompt.Text));
        Assert.Empty(reading.Remarks);
    }

    [Fact]
    public void Read_CorrectedSideOfUnknownFinding_LeavesNoPlace()
    {
        ReportReading reading = ReportParser.Read(
            "FINDINGS: Right effusion and right pneumothorax.\nADDENDUM: The above should read left, not right."
        );

        Assert.All(reading.Findings, finding => Assert.Empty(finding.Locations));
        Assert.Contains("not clear of what", Assert.Single(reading.Remarks).Kind, StringComparison.Ordinal);
    }
}
