using System.Text.Json;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Evaluation;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using Xunit;

namespace CxrOnnx.Core.Tests.Evaluation;

public sealed class EvaluatorTests
{
    private static readonly EvaluationCase[] Cases =
    [
        Case("a", "Pneumonia", new PixelBox(20, 60, 40, 50)),
        Case("a", "Edema", new PixelBox(10, 10, 60, 90), new PixelBox(90, 10, 50, 90)),
        Case("b", "Pneumonia", new PixelBox(90, 60, 40, 20)),
    ];

    [Fact]
    public void Evaluate_Classes_AreMeansAndTheAverageWeightsThemAlike()
    {
        SystemScores scores = new Evaluator(new Bootstrap(200), threads: 2).Evaluate(new OracleBaseline(), Cases, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["Pneumonia", "Edema"], scores.Classes.Keys);
        Assert.Equal([2, 1], scores.Classes.Values.Select(summary => summary.Count));
        Assert.Equal((scores.Cases[0].Cnr + scores.Cases[2].Cnr) / 2, scores.Classes["Pneumonia"].Cnr!.Value.Mean);
        Assert.Equal((scores.Classes["Pneumonia"].MIoU.Mean + scores.Classes["Edema"].MIoU.Mean) / 2, scores.Average.MIoU.Mean, 12);
        Assert.Equal(Cases, scores.Cases.Select(score => score.Case));
        Assert.InRange(scores.Average.Cnr!.Value.Mean, scores.Average.Cnr.Value.Low, scores.Average.Cnr.Value.High);
        Assert.NotEqual(scores.Classes["Edema"].Cnr!.Value.Mean, scores.Classes["Edema"].CnrOrderFree!.Value, 6);
    }

    [Fact]
    public void Evaluate_Threads_DoNotChangeTheResult()
    {
        PriorBaseline system = new(LocationAtlas.Default);

        SystemScores one = new Evaluator(new Bootstrap(50), threads: 1).Evaluate(system, Cases, cancellationToken: TestContext.Current.CancellationToken);
        SystemScores two = new Evaluator(new Bootstrap(50), threads: 2).Evaluate(system, Cases, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(one.Cases, two.Cases);
        Assert.Equal(one.Average, two.Average);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Evaluate_SystemWithoutAnswer_FailsWithItsReason(int threads) => Assert.Equal(
        "no answer",
        Assert.Throws<InputException>(() => new Evaluator(new Bootstrap(10), threads).Evaluate(new SilentSystem(), Cases, cancellationToken: TestContext.Current.CancellationToken)).Message);

    [Fact]
    public void ToJson_Report_HasTheDocumentedForm()
    {
        Evaluator evaluator = new(new Bootstrap(50));
        EvaluationReport report = new()
        {
            Dataset = new EvaluationDataset("ms-cxr", Cases, ["a note"]),
            Systems = [evaluator.Evaluate(new OracleBaseline(), Cases, cancellationToken: TestContext.Current.CancellationToken), evaluator.Evaluate(new BoxSystem(), Cases, cancellationToken: TestContext.Current.CancellationToken)],
            Resamples = 50,
            Seed = 0,
        };

        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        JsonElement systems = json.RootElement.GetProperty("systems");
        JsonElement oracle = systems[0];
        JsonElement pneumonia = oracle.GetProperty("classes").GetProperty("Pneumonia");
        Assert.Equal("oracle", oracle.GetProperty("name").GetString());
        Assert.Equal(2, pneumonia.GetProperty("n").GetInt32());
        foreach (string metric in (string[])["cnr", "miou", "auroc"])
        {
            double mean = pneumonia.GetProperty(metric).GetProperty("mean").GetDouble();
            Assert.InRange(mean, pneumonia.GetProperty(metric).GetProperty("ci95")[0].GetDouble(), pneumonia.GetProperty(metric).GetProperty("ci95")[1].GetDouble());
            Assert.Equal(JsonValueKind.Number, oracle.GetProperty("average").GetProperty(metric).GetProperty("mean").ValueKind);
            Assert.Equal(JsonValueKind.Number, oracle.GetProperty("cases")[0].GetProperty(metric).ValueKind);
        }

        Assert.Equal(["image_id", "label_text", "category_name", "cnr", "miou", "auroc"], oracle.GetProperty("cases")[1].EnumerateObject().Select(item => item.Name));
        Assert.Equal(JsonValueKind.Null, systems[1].GetProperty("average").GetProperty("cnr").ValueKind);
        Assert.Equal(JsonValueKind.Null, systems[1].GetProperty("cases")[0].GetProperty("auroc").ValueKind);
        Assert.Equal(1, systems[1].GetProperty("average").GetProperty("miou").GetProperty("mean").GetDouble());

        string markdown = report.ToMarkdown();
        Assert.Contains("1 of 3 phrases have several boxes", markdown);
        Assert.Contains("| boxes |", markdown);
        Assert.Contains("oracle and boxes differ significantly (intervals do not overlap) in mIoU.", markdown);
        Assert.Contains("- a note", markdown);
    }

    private static EvaluationCase Case(string image, string category, params PixelBox[] boxes) => new()
    {
        ImageId = image,
        LabelText = $"right {category}",
        CategoryName = category,
        ImageSize = new ImageSize(150, 130),
        Boxes = boxes,
    };

    private sealed class SilentSystem : IEvaluatedSystem
    {
        public string Name => "silent";

        public bool IsThreadSafe => true;

        public SystemAnswer Answer(EvaluationCase item) => throw new InputException("no answer");
    }

    private sealed class BoxSystem : IEvaluatedSystem
    {
        public string Name => "boxes";

        public bool IsThreadSafe => true;

        public SystemAnswer Answer(EvaluationCase item) => SystemAnswer.Of(item.Boxes);
    }
}
