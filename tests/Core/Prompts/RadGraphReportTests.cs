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

    [Fact]
    public void Parse_TestSetOfTwoPeople_TakesTheFirstAndSaysSo()
    {
        const string json = """
            {"p10/p10000764/s57375967.txt": {
              "text": "Opacity in the left lower lobe",
              "labeler_1": {"entities": {
                "1": {"tokens": "left lower lobe", "label": "ANAT-DP", "start_ix": 3, "end_ix": 5, "relations": []}}},
              "labeler_2": {"entities": {}}
            }}
            """;

        RadGraphReport report = Assert.Single(RadGraphReport.Parse(json, "test.json"));

        Assert.Equal("labeler_1", report.Labeller);
        Assert.Equal("left lower opacity", Assert.Single(ReportParser.Findings(report)).Prompt.Text);
    }

    [Theory]
    [InlineData("\"ner\"", "]")]
    [InlineData("\"predicted_ner\"", ", 9.1, 0.99]")]
    public void Parse_Lines_CountTokensThroughTheWholeDocument(string field, string end)
    {
        string line =
            "{\"doc_key\": \"s57375967\", \"sentences\": [[\"Normal\", \"heart\", \".\"], [\"Left\", \"base\", \"opacity\", \".\"]], "
            + field
            + ": [[], [[3, 4, \"Anatomy::definitely present\""
            + end
            + ", [5, 5, \"Observation::definitely present\""
            + end
            + "]]}";

        IReadOnlyList<RadGraphReport> reports = RadGraphReport.Parse(line + "\r\n\n" + line.Replace("s57375967", "s2") + "\n", "xl.jsonl");

        Assert.Equal(["s57375967", "s2"], reports.Select(report => report.Name));
        Assert.Equal("left base opacity", Assert.Single(ReportParser.Findings(reports[1])).Prompt.Text);
        Assert.Equal("Normal heart . Left base opacity .", reports[0].Text);
    }

    [Theory]
    [InlineData("{\"a\": 1}", false)]
    [InlineData("{\"0\": 1, \"1\": 1}", true)]
    [InlineData("{\"1\": 1, \"2\": 1}", false)]
    public void AreNumbered_Keys_AreNumbersFromZero(string keys, bool expected) =>
        Assert.Equal(
            expected,
            RadGraphReport.AreNumbered(
                RadGraphReport.Parse(keys.Replace(": 1", ": {\"text\": \"a\", \"entities\": {}}", StringComparison.Ordinal), "x.json")
            )
        );

    [Theory]
    [InlineData("{\"doc_key\": \"a\", \"sentences\": [[\"b\"]], \"ner\": [[]]}\n{broken", "x.jsonl line 2: is no JSON")]
    [InlineData("{\"doc_key\": \"a\", \"sentences\": [[\"b\"]]}", "x.jsonl line 1: report a has neither \"ner\" nor \"predicted_ner\"")]
    [InlineData(
        "{\"doc_key\": \"a\", \"sentences\": [[\"b\"]], \"ner\": [[[0, 1, \"ANAT-DP\"]]]}",
        "report a: tokens 0 to 1, but the text has 1"
    )]
    [InlineData("{\"doc_key\": \"a\", \"sentences\": [[\"b\"]], \"ner\": [[[0]]]}", "not RadGraph output")]
    [InlineData("[{\"doc_key\": \"a\"}]", "x.jsonl [0]: no document with")]
    public void Parse_WrongLines_AreRefusedWithTheirPlace(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => RadGraphReport.Parse(text, "x.jsonl")).Message,
            StringComparison.Ordinal
        );

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
