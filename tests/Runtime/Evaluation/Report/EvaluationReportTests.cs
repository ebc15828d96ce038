using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Report;
using CxrOnnx.Evaluation.Scores;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Report;

[Trait("Category", "quick")]
public sealed class EvaluationReportTests
{
    private static readonly EvaluationCase[] Cases =
    [
        .. Enumerable.Range(0, 6).Select(i => Case($"i{i}", "Pneumonia", new PixelBox(20 + i, 60, 40, 50))),
        Case("a", "Edema", new PixelBox(10, 10, 60, 90), new PixelBox(90, 10, 50, 90)),
    ];

    private static readonly EvaluationReport Report = MakeReport();

    [Fact]
    public void Json_Report_HasTheDocumentedForm()
    {
        using JsonDocument json = JsonDocument.Parse(EvaluationJson.Write(Report));

        JsonElement systems = json.RootElement.GetProperty("systems");
        JsonElement oracle = systems[0];
        JsonElement pneumonia = oracle.GetProperty("classes").GetProperty("Pneumonia");
        Assert.Equal("oracle", oracle.GetProperty("name").GetString());
        Assert.Equal(6, pneumonia.GetProperty("n").GetInt32());
        foreach (string metric in (string[])["cnr", "miou", "auroc"])
        {
            double mean = pneumonia.GetProperty(metric).GetProperty("mean").GetDouble();
            Assert.InRange(
                mean,
                pneumonia.GetProperty(metric).GetProperty("ci95")[0].GetDouble(),
                pneumonia.GetProperty(metric).GetProperty("ci95")[1].GetDouble()
            );
            Assert.Equal(JsonValueKind.Number, oracle.GetProperty("average").GetProperty(metric).GetProperty("mean").ValueKind);
            Assert.Equal(JsonValueKind.Number, oracle.GetProperty("cases")[0].GetProperty(metric).ValueKind);
        }

        Assert.Equal(
            ["image_id", "label_text", "category_name", "cnr", "miou", "auroc"],
            oracle.GetProperty("cases")[1].EnumerateObject().Select(item => item.Name)
        );
        Assert.Equal(["name", "description", "classes", "average", "cases"], oracle.EnumerateObject().Select(item => item.Name));
        Assert.Equal(JsonValueKind.Null, systems[1].GetProperty("average").GetProperty("cnr").ValueKind);
        Assert.Equal(JsonValueKind.Null, systems[1].GetProperty("cases")[0].GetProperty("auroc").ValueKind);
        Assert.Equal(1, systems[1].GetProperty("average").GetProperty("miou").GetProperty("mean").GetDouble());

        // The boxes themselves score higher than Gaussians in them.
        JsonElement comparison = Assert.Single(json.RootElement.GetProperty("comparisons").EnumerateArray().ToArray());
        Assert.Equal(("boxes", "oracle"), (comparison.GetProperty("first").GetString(), comparison.GetProperty("second").GetString()));
        Assert.Equal(JsonValueKind.Null, comparison.GetProperty("cnr").ValueKind);
        Assert.True(comparison.GetProperty("miou").GetProperty("intervals_apart").GetBoolean());
        Assert.InRange(comparison.GetProperty("miou").GetProperty("ratio").GetDouble(), 1.4, 1.6);
    }

    [Fact]
    public void Markdown_Report_MarksWhatIsSignificant()
    {
        string markdown = EvaluationMarkdown.Write(Report);

        Assert.Contains("1 of 7 phrases have several boxes", markdown);
        Assert.Contains("whatever their order", markdown);
        Assert.Contains("| | system | Pneumonia (6) | Edema (1) | average (7) |", markdown);

        // A mark where the intervals are apart, neither a mark nor an interval in a class of one phrase. The oracle is a bound, never bold.
        Assert.Contains(
            "| b | boxes | **100.0** <sup>a</sup> [100.0, 100.0] | **100.0** (n = 1: no interval) | "
                + "**100.0** <sup>a</sup> [100.0, 100.0] |",
            markdown
        );
        Assert.Contains("- a note", markdown);
        Assert.Contains("- boxes: said by the system", markdown);
    }

    [Fact]
    public void Html_Report_NeedsNothingElseAndEscapesText()
    {
        EvaluationPicture picture = new(
            "<caption>",
            "CNR & mIoU",
            [1, 2, 3],
            new ImageSize(150, 130),
            [new PixelBox(1, 2, 3, 4)],
            [new PixelBox(5, 6, 7, 8)]
        );
        string html = EvaluationHtml.Write(Report, [new PictureSection("Examples", "", [new PictureRow("row <b>", "", [picture])])]);

        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("row &lt;b&gt;", html, StringComparison.Ordinal);
        Assert.Contains("&lt;caption&gt;<br><span class=\"soft\">CNR &amp; mIoU</span>", html, StringComparison.Ordinal);
        Assert.Contains("data:image/jpeg;base64,AQID", html, StringComparison.Ordinal);
        Assert.Contains("viewBox=\"0 0 150 130\"", html, StringComparison.Ordinal);
        Assert.Contains(
            "<rect class=\"annotated\" x=\"1\" y=\"2\" width=\"3\" height=\"4\"/><rect class=\"predicted\"",
            html,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("boxes.miou > oracle.miou", null)]
    [InlineData("oracle.cnr>=1.5", null)]
    [InlineData("oracle.miou < 0.5", "\"oracle.miou < 0.5\" is not met: 0.67")]
    [InlineData("0.5 <= oracle.auroc", null)]
    [InlineData("boxes.cnr > 1", "a system that answers with boxes has no such metric")]
    public void Gate_Averages_AreCompared(string text, string? failure)
    {
        EvaluationGate gate = EvaluationGate.Parse(text);

        gate.Check(["oracle", "boxes"]);
        if (failure is null)
        {
            Assert.Null(gate.Failure(Report.Systems));
        }
        else
        {
            Assert.Contains(failure, gate.Failure(Report.Systems));
        }
    }

    [Theory]
    [InlineData("oracle.miou")]
    [InlineData("oracle.dice > 0.5")]
    [InlineData("oracle > 0.5")]
    [InlineData(".miou > 0.5")]
    public void Gate_WrongForm_IsRefused(string text) =>
        Assert.Contains("wanted SYSTEM.METRIC", Assert.Throws<InputException>(() => EvaluationGate.Parse(text)).Message);

    [Fact]
    public void Gate_UnknownSystem_IsRefused() =>
        Assert.Contains(
            "there is no system 'tuned'; there are oracle, boxes",
            Assert.Throws<InputException>(() => EvaluationGate.Parse("tuned.cnr > 1").Check(["oracle", "boxes"])).Message
        );

    [Fact]
    public void Sketch_Heatmap_KeepsShapeAndMargins()
    {
        ImageSize size = new(700, 400);
        float[] values = [.. Enumerable.Range(0, 700 * 400).Select(i => i % 700 < 100 ? float.NaN : ((i % 700) - 100) / 599f)];

        float[] map = PredictionSketch.Of(new Core.Heatmaps.Heatmap(size, values)).Render(200, 350);

        Assert.True(float.IsNaN(map[10]));
        Assert.True(float.IsNaN(map[(199 * 350) + 40]));
        Assert.Equal(0.5, map[(100 * 350) + 200], 0.01);
        Assert.Equal(map[(10 * 350) + 300], map[(190 * 350) + 300], 0.005);
        Assert.All(map.Where(value => !float.IsNaN(value)), value => Assert.InRange(value, 0, 1));
        Assert.All(PredictionSketch.Of(Prediction.Of([new PixelBox(1, 2, 3, 4)])).Render(3, 2), value => Assert.True(float.IsNaN(value)));
    }

    private static EvaluationReport MakeReport()
    {
        Evaluator evaluator = new(new Bootstrap(50));
        return EvaluationReport.Of(
            new EvaluationDataset("ms-cxr", Cases, ["a note"]),
            [evaluator.Evaluate(new OracleBaseline(), Cases), evaluator.Evaluate(new BoxSystem(), Cases)],
            evaluator
        );
    }

    private static EvaluationCase Case(string image, string category, params PixelBox[] boxes) =>
        new()
        {
            ImageId = image,
            LabelText = $"right {category}",
            CategoryName = category,
            ImageSize = new ImageSize(150, 130),
            Boxes = boxes,
        };

    private sealed class BoxSystem : IEvaluatedSystem
    {
        public string Name => "boxes";

        public IReadOnlyList<string> Notes => ["said by the system"];

        public bool IsThreadSafe => true;

        public Prediction Answer(EvaluationCase item) => Prediction.Of(item.Boxes);
    }
}
