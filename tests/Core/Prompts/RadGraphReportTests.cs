using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class RadGraphReportTests
{
    private const string Sample = """
        {
          "0": {
            "text": "Opacity in the left lower lobe on the right view . pneumothorax on the left",
            "entities": {
              "1": {"tokens": "Opacity", "label": "Observation::definitely present", "start_ix": 0, "end_ix": 0,
                    "relations": [["located_at", "2"]]},
              "2": {"tokens": "left lower lobe", "label": "Anatomy::definitely present", "start_ix": 3, "end_ix": 5, "relations": []},
              "3": {"tokens": "pneumothorax", "label": "Observation::definitely absent", "start_ix": 11, "end_ix": 11, "relations": []}
            }
          },
          "1": {
            "text": "left-sided effusion",
            "entities": {
              "1": {"tokens": "left-sided", "label": "ANAT-DP", "start_ix": 0, "end_ix": 0, "relations": []},
              "2": {"tokens": "effusion", "label": "OBS-U", "start_ix": 1, "end_ix": 1, "relations": []}
            }
          }
        }
        """;

    [Fact]
    public void Findings_LabelledReport_UseOnlyLabelledPlacesAndPresentFindings()
    {
        IReadOnlyList<RadGraphReport> reports = RadGraphReport.Parse(Sample, "radgraph.json");

        Assert.Equal(["0", "1"], reports.Select(report => report.Name));
        Assert.Equal("left lower opacity", Assert.Single(ReportParser.Findings(reports[0])).Prompt.Text);
        Assert.Equal("left pleural effusion", Assert.Single(ReportParser.Findings(reports[1])).Prompt.Text);
        Assert.Equal("left lower pneumonia", ReportParser.FindingFor(reports[0], Pathology.Pneumonia)?.Prompt.Text);
    }

    [Theory]
    [InlineData("[]", "radgraph.json: not RadGraph output")]
    [InlineData("{", "radgraph.json: not RadGraph output")]
    [InlineData("""{"0": {"entities": {}}}""", "radgraph.json: not RadGraph output")]
    [InlineData(
        """{"0": {"text": "a", "entities": {"1": {"label": "ANAT-DP", "start_ix": 0, "end_ix": "x"}}}}""",
        "radgraph.json: not RadGraph output"
    )]
    [InlineData(
        """{"0": {"text": "a b", "entities": {"7": {"label": "ANAT-DP", "start_ix": 1, "end_ix": 2}}}}""",
        "report 0, entity 7: tokens 1 to 2, but the text has 2"
    )]
    public void Parse_OtherDocuments_AreRefused(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => RadGraphReport.Parse(json, "radgraph.json")).Message);
}
