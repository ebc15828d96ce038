using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Report;
using CxrOnnx.Evaluation.Scores;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Methods;

[Trait("Category", "quick")]
public sealed class UnansweredTests : IDisposable
{
    private static readonly EvaluationCase[] Cases =
    [
        Case("a", "Edema", new PixelBox(2, 2, 4, 4)),
        Case("b", "Edema", new PixelBox(4, 0, 4, 4)),
        Case("c", "Pneumonia", new PixelBox(0, 4, 8, 4)),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Evaluate_LeaveOut_CountsTheOthersAndSaysSo()
    {
        SystemScores scores = Evaluate(new BoxPredictions(Boxes("a", "c"), "x", unanswered: UnansweredPolicy.LeaveOut));

        Assert.Equal(["a", "c"], scores.Cases.Select(score => score.Case.ImageId));
        Assert.Equal((1, 2), (scores.Classes["Edema"].Count, scores.Average.Count));
        Assert.Equal(1, scores.Average.MIoU.Mean, 12);
        Assert.Contains("no answer to 1 phrase (Edema 1); left out", Assert.Single(scores.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_Zero_CountsThemAsNoOverlap()
    {
        SystemScores scores = Evaluate(new BoxPredictions(Boxes("a", "c"), "x", unanswered: UnansweredPolicy.Zero));

        Assert.Equal(3, scores.Average.Count);
        Assert.Equal(0.75, scores.Average.MIoU.Mean, 12);
        Assert.Contains("counted as an overlap of 0", scores.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_AnswersWithoutABox_AreGivenBothWays()
    {
        SystemScores scores = Evaluate(new BoxPredictions(Boxes(["a", "c"], ["b"]), "x"));

        Assert.Equal(0.75, scores.Average.MIoU.Mean, 12);
        Assert.Contains(
            "1 of 3 phrases have an answer without a box, which counts as an overlap of 0; over the 2 with a box the average mIoU is "
                + "100.0 %",
            Assert.Single(scores.Notes),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Compare_PartialAnswers_AreComparedOnThePhrasesBothAnswered()
    {
        SystemScores part = Evaluate(new BoxPredictions(Boxes("b", "c"), "x", unanswered: UnansweredPolicy.LeaveOut));
        SystemScores whole = Evaluate(new BoxPredictions(Boxes(["b", "c"], ["a"]), "y"));

        // On b and c both are right; only the left out case differs.
        Assert.Equal(0, Evaluator().Compare(part, whole)!.MIoU.Difference.Mean, 12);
        Assert.Equal(0.75, whole.Average.MIoU.Mean, 12);
    }

    [Fact]
    public void Compare_NoPhraseOfAClassInCommon_IsNoComparison()
    {
        SystemScores one = Evaluate(new BoxPredictions(Boxes("a", "c"), "x", unanswered: UnansweredPolicy.LeaveOut));
        SystemScores other = Evaluate(new BoxPredictions(Boxes("b", "c"), "y", unanswered: UnansweredPolicy.LeaveOut));
        EvaluationDataset dataset = new("phantom", Cases, []);

        Assert.Null(Evaluator().Compare(one, other));
        EvaluationReport report = EvaluationReport.Of(dataset, [one, other], Evaluator());
        Assert.Empty(report.Comparisons);
        Assert.Contains("(n = 1: no interval) of 1", EvaluationMarkdown.Write(report), StringComparison.Ordinal);
        Assert.Contains("x: no answer to 1 phrase", EvaluationHtml.Write(report, []), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_NoAnswerToAClass_IsRefusedWhenLeftOut()
    {
        BoxPredictions system = new(Boxes("a", "b"), "x", unanswered: UnansweredPolicy.LeaveOut);

        Assert.Contains(
            "no answer to any phrase of Pneumonia",
            Assert.Throws<InputException>(() => system.Check(Cases)).Message,
            StringComparison.Ordinal
        );
        new BoxPredictions(Boxes("a", "b"), "x", unanswered: UnansweredPolicy.Zero).Check(Cases);
    }

    [Fact]
    public void HeatmapFolder_ZeroPolicy_IsRefused() =>
        Assert.Contains(
            "a heatmap that is not there has no contrast",
            Assert.Throws<InputException>(() => new HeatmapFolder(_folder.Path, unanswered: UnansweredPolicy.Zero)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void HeatmapFolder_CoarseMapWithItsCrop_IsPlaced()
    {
        WriteMap("crop\n", "a,a,Edema,a.npy,3/4:nearest\n", [0, 1, 2, 4], 2, 2);

        float[] map = new HeatmapFolder(_folder.Path).Answer(Cases[0]).Heatmap!.Values;

        Assert.True(float.IsNaN(map[0]));
        Assert.Equal((0f, 0.25f, 0.5f, 1f), (map[8 + 1], map[8 + 6], map[(6 * 8) + 1], map[(6 * 8) + 6]));
    }

    [Theory]
    [InlineData("square", 4, 4, false, null)]
    [InlineData("480/512", 8, 8, false, "has the size of its image, 8x8 pixels, so it is no map of crop 480/512")]
    [InlineData("480/512", 4, 4, true, "holds NaN, and `crop` 480/512 already says")]
    [InlineData("481", 4, 4, false, "heatmaps.csv line 2: `crop` 481")]
    [InlineData("", 4, 4, false, "say with `crop` which part of the image it covers")]
    public void HeatmapFolder_MapAndCrop_MustBelongTogether(string crop, int height, int width, bool hasNaN, string? expected)
    {
        WriteMap(
            "crop\n",
            $"a,a,Edema,a.npy,{crop}\n",
            [.. Enumerable.Range(0, height * width).Select(i => hasNaN ? float.NaN : i)],
            height,
            width
        );

        string? refusal = Record.Exception(() => new HeatmapFolder(_folder.Path).Answer(Cases[0]))?.Message;

        Assert.Equal(expected is null, refusal is null);
        Assert.Contains(expected ?? "", refusal ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void BoxPredictions_ModelPixels_NeedTheirNumber()
    {
        string path = _folder.Write(
            "boxes.json",
            """[{"image_id": "a", "label_text": "a", "category_name": "Edema", "boxes": [[56, 56, 168, 168]]}]"""
        );

        Assert.Contains(
            "does not say how many there are",
            Assert.Throws<InputException>(() => new BoxPredictions(path + ":xyxy", view: ModelView.Parse("square"))).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(
            [new PixelBox(2, 2, 4, 4)],
            new BoxPredictions(path + ":xyxy", view: ModelView.Parse("square/224")).Answer(Cases[0]).Boxes
        );
    }

    private static EvaluationCase Case(string id, string category, PixelBox box) =>
        new()
        {
            ImageId = id,
            LabelText = id,
            CategoryName = category,
            ImageSize = new ImageSize(8, 8),
            Boxes = [box],
        };

    private static Evaluator Evaluator() => new(new Bootstrap(20, 1));

    private static SystemScores Evaluate(IEvaluatedSystem system) => Evaluator().Evaluate(system, Cases);

    private string Boxes(params string[] right) => Boxes(right, []);

    private string Boxes(string[] right, string[] empty)
    {
        return _folder.Write(
            "boxes.json",
            JsonSerializer.Serialize(
                Cases
                    .Where(item => right.Contains(item.ImageId) || empty.Contains(item.ImageId))
                    .Select(item => new
                    {
                        image_id = item.ImageId,
                        label_text = item.LabelText,
                        category_name = item.CategoryName,
                        boxes = empty.Contains(item.ImageId)
                            ? Array.Empty<double[]>()
                            : [.. item.Boxes.Select(box => new[] { box.X, box.Y, box.Width, box.Height })],
                    })
            )
        );
    }

    private void WriteMap(string column, string row, float[] values, int height, int width)
    {
        _folder.Write("heatmaps.csv", "image_id,label_text,category_name,file," + column + row);
        NpyFile.Write(_folder.File("a.npy"), values, height, width);
    }
}
