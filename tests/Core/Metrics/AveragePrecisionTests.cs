using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using Xunit;

namespace CxrOnnx.Core.Tests.Metrics;

[Trait("Category", "quick")]
public sealed class AveragePrecisionTests
{
    [Fact]
    public void All_WorkedExample_IsTheAreaUnderTheInterpolatedCurve()
    {
        // Four annotated boxes; right, wrong, right, right, wrong by falling score. Recall 1/4, 1/4, 2/4, 3/4, 3/4 at precision 1, 1/2,
        // 2/3, 3/4, 3/5: interpolated 1 up to 1/4, then 3/4 up to 3/4.
        AveragePrecision precision = new([(0.9, true, 0), (0.8, false, 0), (0.7, true, 1), (0.6, true, 1), (0.5, false, 2)], [1, 3, 0]);

        Assert.Equal(0.25 + (0.5 * 0.75), precision.All(), 1e-12);
    }

    [Fact]
    public void All_EqualScores_DoNotDependOnTheOrder()
    {
        (double, bool, int)[] boxes = [(0.5, true, 0), (0.5, false, 0), (0.5, false, 0), (0.5, true, 0)];

        Assert.Equal(0.5, new AveragePrecision(boxes, [2]).All(), 1e-12);
        Assert.Equal(0.5, new AveragePrecision(boxes.Reverse(), [2]).All(), 1e-12);
    }

    [Fact]
    public void All_NothingAnnotatedOrPredicted_IsNaNOrZero()
    {
        Assert.True(double.IsNaN(new AveragePrecision([(0.5, false, 0)], [0]).All()));
        Assert.Equal(0, new AveragePrecision([], [2]).All());
    }

    [Fact]
    public void Of_DrawnClusters_IsThatOfADataSetWithTheClustersRepeated()
    {
        AveragePrecision once = new([(0.9, true, 0), (0.8, false, 1), (0.7, true, 1), (0.6, false, 2)], [1, 2, 1]);
        AveragePrecision repeated = new([(0.9, true, 0), (0.8, false, 1), (0.7, true, 1), (0.8, false, 2), (0.7, true, 2)], [1, 2, 2]);

        Assert.Equal(repeated.All(), once.Of([1, 2, 0]), 1e-12);
    }

    [Fact]
    public void Match_TwoRegionsOnOneBox_OnlyTheFirstIsRight()
    {
        PixelBox truth = new(10, 20, 40, 30);

        Assert.Equal([true, false], AveragePrecision.Match([truth, truth], [truth], 0.5));
    }

    [Fact]
    public void Match_SecondBestIsFree_TakesIt()
    {
        // The first takes the box that it overlaps most; the second, which overlaps the same most, is left with the other one.
        PixelBox left = new(0, 0, 100, 50);
        PixelBox right = new(20, 0, 100, 50);

        Assert.Equal([true, true], AveragePrecision.Match([left, left], [right, left], 0.5));
        Assert.Equal([true, false], AveragePrecision.Match([left, left], [right, left], 0.7));
    }

    [Fact]
    public void Match_OverlapOfExactlyTheThreshold_IsRight()
    {
        // 50 of 100 x 50 in common: intersection over union 1/2.
        Assert.Equal([true], AveragePrecision.Match([new PixelBox(0, 0, 50, 50)], [new PixelBox(0, 0, 100, 50)], 0.5));
        Assert.Equal([false], AveragePrecision.Match([new PixelBox(0, 0, 49, 50)], [new PixelBox(0, 0, 100, 50)], 0.5));
    }

    [Fact]
    public void OfClusters_ShareOfClusters_HasTheBinomialsInterval()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i < 30 ? 1.0 : 0)];
        ConfidenceInterval interval = new Bootstrap(2000, 7)
            .OfClusters(100, counts => counts.Zip(values, (count, value) => count * value).Sum() / counts.Sum())!
            .Value;

        // Standard deviation of a share of 0.3 among 100: 0.046.
        Assert.Equal(0.3, interval.Mean, 1e-12);
        Assert.InRange(interval.Low, 0.19, 0.23);
        Assert.InRange(interval.High, 0.37, 0.41);
        Assert.Null(new Bootstrap(10).OfClusters(3, _ => double.NaN));
    }
}
