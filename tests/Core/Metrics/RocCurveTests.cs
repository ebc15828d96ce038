using CxrOnnx.Core.Metrics;
using Xunit;

namespace CxrOnnx.Core.Tests.Metrics;

[Trait("Category", "quick")]
public sealed class RocCurveTests
{
    [Fact]
    public void Of_ScoresWithATie_GivesAPointPerScore() =>
        Assert.Equal(
            [
                new RocPoint(double.PositiveInfinity, 0, 0),
                new RocPoint(0.9, 0.5, 0),
                new RocPoint(0.6, 1, 1.0 / 3),
                new RocPoint(0.4, 1, 2.0 / 3),
                new RocPoint(0.1, 1, 1),
            ],
            RocCurve.Of([0.6, 0.9], [0.1, 0.4, 0.6])
        );

    [Fact]
    public void Of_RandomScores_HasTheAreaOfTheBootstrap()
    {
        SplitMix64 random = new(5);
        double[] positives = [.. Enumerable.Range(0, 40).Select(_ => Math.Round(random.NextUnit() + 0.3, 1))];
        double[] negatives = [.. Enumerable.Range(0, 70).Select(_ => Math.Round(random.NextUnit(), 1))];

        IReadOnlyList<RocPoint> points = RocCurve.Of(positives, negatives);

        double area = points
            .Zip(points.Skip(1), (a, b) => (b.FalsePositiveRate - a.FalsePositiveRate) * (a.Sensitivity + b.Sensitivity) / 2)
            .Sum();
        Assert.Equal(new Bootstrap(1).RocArea(positives, negatives).Mean, area, 1e-12);
    }
}
