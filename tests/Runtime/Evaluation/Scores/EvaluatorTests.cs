using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Scores;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Scores;

[Trait("Category", "slow")]
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
        SystemScores scores = new Evaluator(new Bootstrap(200), threads: 2).Evaluate(
            new OracleBaseline(),
            Cases,
            cancellationToken: TestContext.Current.CancellationToken
        );

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

        SystemScores one = new Evaluator(new Bootstrap(50), threads: 1).Evaluate(
            system,
            Cases,
            cancellationToken: TestContext.Current.CancellationToken
        );
        SystemScores two = new Evaluator(new Bootstrap(50), threads: 2).Evaluate(
            system,
            Cases,
            cancellationToken: TestContext.Current.CancellationToken
        );

        Assert.Equal(one.Cases, two.Cases);
        Assert.Equal(one.Average, two.Average);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Evaluate_SystemWithoutAnswer_FailsWithItsReason(int threads) =>
        Assert.Equal(
            "no answer",
            Assert
                .Throws<InputException>(() =>
                    new Evaluator(new Bootstrap(10), threads).Evaluate(
                        new SilentSystem(),
                        Cases,
                        cancellationToken: TestContext.Current.CancellationToken
                    )
                )
                .Message
        );

    [Fact]
    public void Compare_SameSystem_DiffersByNothing()
    {
        Evaluator evaluator = new(new Bootstrap(50));
        SystemScores scores = evaluator.Evaluate(new OracleBaseline(), Cases, cancellationToken: TestContext.Current.CancellationToken);

        SystemComparison comparison = evaluator.Compare(scores, scores)!;

        Assert.Equal(new ConfidenceInterval(0, 0, 0), comparison.MIoU.Difference);
        Assert.False(comparison.MIoU.IntervalsApart);
        Assert.False(comparison.MIoU.ExcludesZero);
        Assert.Equal(1, comparison.Cnr!.Ratio);
    }

    [Fact]
    public void Compare_Pairs_AreSharperThanTwoIntervals()
    {
        // Cases differ far more from each other than the two systems do on each of them.
        EvaluationCase[] cases = [.. Enumerable.Range(0, 30).Select(i => Case($"i{i}", "Pneumonia", new PixelBox(0, 0, 100, 100)))];
        SystemScores Scores(double more) =>
            new Evaluator(new Bootstrap(200)).Evaluate(
                new NarrowBoxes(more),
                cases,
                cancellationToken: TestContext.Current.CancellationToken
            );

        SystemComparison comparison = new Evaluator(new Bootstrap(200)).Compare(Scores(1), Scores(0))!;

        Assert.Equal(0.01, comparison.MIoU.Difference.Mean, 9);
        Assert.False(comparison.MIoU.IntervalsApart);
        Assert.True(comparison.MIoU.ExcludesZero);
        Assert.Null(comparison.Cnr);
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

    private sealed class SilentSystem : IEvaluatedSystem
    {
        public string Name => "silent";

        public bool IsThreadSafe => true;

        public Prediction Answer(EvaluationCase item) => throw new InputException("no answer");
    }

    /// <summary>Answers with the left part of the box: more of it from image to image.</summary>
    private sealed class NarrowBoxes(double more) : IEvaluatedSystem
    {
        public string Name => FormattableString.Invariant($"narrow {more}");

        public bool IsThreadSafe => true;

        public Prediction Answer(EvaluationCase item) =>
            Prediction.Of([
                new PixelBox(0, 0, (3 * int.Parse(item.ImageId[1..], System.Globalization.CultureInfo.InvariantCulture)) + 5 + more, 100),
            ]);
    }
}
