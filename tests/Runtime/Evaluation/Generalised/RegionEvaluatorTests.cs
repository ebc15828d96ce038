using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Generalised;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Generalised;

[Trait("Category", "quick")]
public sealed class RegionEvaluatorTests
{
    private static readonly PixelBox Place = new(10, 20, 100, 60);

    private static GeneralisedCase Case(int image, PhraseKind kind, int phrase = 0) =>
        new(
            new EvaluationCase
            {
                ImageId = $"image-{image}",
                LabelText = $"phrase {phrase}",
                CategoryName = "pneumonia",
                ImageSize = new ImageSize(300, 400),
                Boxes = kind == PhraseKind.Supported ? [Place] : [],
            },
            kind
        );

    private static RegionAnswer Answer(double score, PixelBox? box = null, bool withheld = false) =>
        RegionAnswer.Of([new ScoredRegion(box ?? Place, score)], withheld);

    private static RegionScores Score(params (GeneralisedCase Case, RegionAnswer Answer)[] all) =>
        new RegionEvaluator([.. all.Select(pair => pair.Case)], new Bootstrap(200)).Score("x", "", [.. all.Select(pair => pair.Answer)]);

    [Fact]
    public void Score_VerdictsAndRegions_AreCounted()
    {
        RegionScores scores = Score(
            (Case(0, PhraseKind.Supported), Answer(0.9)),
            (Case(1, PhraseKind.Supported), Answer(0.2, withheld: true)),
            (Case(0, PhraseKind.Absent, 1), Answer(0.8)),
            (Case(1, PhraseKind.OtherSide, 1), Answer(0.1, withheld: true)),
            (Case(1, PhraseKind.Denied, 2), RegionAnswer.Of([], isWithheld: true))
        );

        Assert.Equal(0.5, scores.Kept!.Value.Mean);
        Assert.Equal(0.5, scores.NoRegion!.Value.Mean);
        Assert.Equal(0, scores.Kinds[PhraseKind.Absent].Mean);
        Assert.Equal(1, scores.Kinds[PhraseKind.OtherSide].Mean);
        Assert.Equal(1, scores.Kinds[PhraseKind.Denied].Mean);
        Assert.DoesNotContain(PhraseKind.OtherPlace, scores.Kinds.Keys);

        // One of two boxes found, before the wrong region: precision 1 up to recall 1/2.
        Assert.Equal(0.5, scores.AveragePrecision[0]!.Value.Mean, 1e-12);
    }

    [Fact]
    public void Score_RegionsOfPhrasesThatTheImageDoesNotShow_CostPrecision()
    {
        (GeneralisedCase, RegionAnswer)[] right = [(Case(0, PhraseKind.Supported), Answer(0.5))];

        Assert.Equal(1, Score(right).AveragePrecision[1]!.Value.Mean);
        Assert.Equal(0.5, Score([.. right, (Case(1, PhraseKind.Absent), Answer(0.9))]).AveragePrecision[1]!.Value.Mean);
        Assert.Equal(1, Score([.. right, (Case(1, PhraseKind.Absent), Answer(0.9, withheld: true))]).AveragePrecision[1]!.Value.Mean);
    }

    [Fact]
    public void Score_BoxThatOverlapsBetweenTheThresholds_CountsAtTheLowerOneOnly()
    {
        // 40 of 100 columns: intersection over union 0.4.
        RegionScores scores = Score((Case(0, PhraseKind.Supported), Answer(0.5, new PixelBox(10, 20, 40, 60))));

        Assert.Equal(1, scores.AveragePrecision[0]!.Value.Mean);
        Assert.Equal(0, scores.AveragePrecision[1]!.Value.Mean);
    }

    [Fact]
    public void Score_Sweep_TakesTheHighestThresholdThatKeepsTheShareWhateverTheVerdict()
    {
        List<(GeneralisedCase, RegionAnswer)> all = [];
        for (int i = 0; i < 10; i++)
        {
            all.Add((Case(i, PhraseKind.Supported), Answer(0.1 + (0.05 * i), withheld: true)));
            all.Add((Case(i, PhraseKind.Absent, 1), Answer(i < 7 ? 0.01 : 0.3)));
        }

        RegionScores scores = Score([.. all]);
        SweepPoint ninety = scores.Sweep.Single(point => point.Wanted == RegionEvaluator.MainKeptShare);

        // Nine of ten are at least 0.15; three of ten foreign phrases are above that.
        Assert.Equal((0.15, 0.9, 0.7), (Math.Round(ninety.Threshold, 9), ninety.Kept, Math.Round(ninety.NoRegion, 9)));
        Assert.Equal(1, scores.Sweep.Single(point => point.Wanted == 0.5).NoRegion);
        Assert.Equal(0.7, scores.NoRegionAtMainShare!.Value.Mean, 1e-12);
        Assert.Equal("unsupported", scores.SweepOver);
    }

    [Fact]
    public void Score_SystemWithoutConfidence_HasNothingToSweep()
    {
        RegionScores scores = Score(
            (Case(0, PhraseKind.Supported), Answer(1)),
            (Case(1, PhraseKind.Supported), Answer(1)),
            (Case(0, PhraseKind.Absent, 1), Answer(1))
        );

        Assert.All(scores.Sweep, point => Assert.Equal((1, 0), (point.Kept, point.NoRegion)));
    }

    [Fact]
    public void Score_TooFewSupportedPhrasesWithARegion_HasNoSuchPoint()
    {
        RegionScores scores = Score(
            (Case(0, PhraseKind.Supported), Answer(1)),
            (Case(1, PhraseKind.Supported), RegionAnswer.Of([])),
            (Case(0, PhraseKind.Absent, 1), Answer(0.5))
        );

        Assert.Equal([0.5], scores.Sweep.Select(point => point.Wanted));
    }

    [Fact]
    public void Score_OnlyDenials_SweepsOverThem()
    {
        RegionScores scores = Score((Case(0, PhraseKind.Supported), Answer(1)), (Case(1, PhraseKind.Denied), Answer(0.5)));

        Assert.Equal("denied", scores.SweepOver);
        Assert.Null(scores.NoRegion);
        Assert.Equal(0, scores.Kinds[PhraseKind.Denied].Mean);
        Assert.Equal(1, scores.Sweep[0].NoRegion);
    }
}
