using CsCheck;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using Xunit;

namespace CxrOnnx.Core.Tests.Metrics;

[Trait("Category", "quick")]
public sealed class MetricsTests
{
    // 4 wide, 2 high.
    private static readonly Heatmap Small = new(new ImageSize(4, 2), [1, 3, 0, 2, float.NaN, 5, 1, 1]);

    [Fact]
    public void ContrastToNoiseRatio_SmallMap_IsTheHandComputedOne()
    {
        // Inside {1, 3, 5}: mean 3, variance 8/3. Outside {0, 2, 1, 1}: mean 1, variance 1/2. The NaN pixel lies inside.
        double expected = 2 / Math.Sqrt((8.0 / 3) + 0.5);

        Assert.Equal(expected, ContrastToNoiseRatio.Compute(Small, [new PixelBox(0, 0, 2, 2)]), 12);
        Assert.Equal(-expected, ContrastToNoiseRatio.Compute(Small, [new PixelBox(2, 0, 2, 2)]), 12);
        Assert.Equal(expected, ContrastToNoiseRatio.Compute(Small, [new PixelBox(2, 0, 2, 2)], absolute: true), 12);
    }

    [Fact]
    public void ContrastToNoiseRatio_NestedBoxes_DependOnOrderOnlyInTheReferenceDefinition()
    {
        Heatmap map = new(new ImageSize(6, 4), [.. Enumerable.Range(0, 24).Select(i => (float)((i * 7) % 11))]);
        PixelBox outer = new(1, 0, 4, 3);
        PixelBox inner = new(2, 1, 2, 1);

        Assert.NotEqual(ContrastToNoiseRatio.Compute(map, [outer, inner]), ContrastToNoiseRatio.Compute(map, [inner, outer]), 6);
        Assert.Equal(
            ContrastToNoiseRatio.ComputeOrderFree(map, [outer, inner]),
            ContrastToNoiseRatio.ComputeOrderFree(map, [inner, outer]),
            12
        );
        Assert.Equal(ContrastToNoiseRatio.Compute(map, [outer]), ContrastToNoiseRatio.ComputeOrderFree(map, [outer]), 12);
    }

    [Fact]
    public void ContrastToNoiseRatio_ConstantMap_IsZeroAndPerfectMapFinite()
    {
        Heatmap constant = new(new ImageSize(37, 29), [.. Enumerable.Repeat(0.1f, 37 * 29)]);
        Heatmap perfect = new(new ImageSize(2, 1), [1, 0]);

        Assert.Equal(0, ContrastToNoiseRatio.Compute(constant, [new PixelBox(3, 3, 20, 10)]));
        Assert.Equal(float.MaxValue, ContrastToNoiseRatio.Compute(perfect, [new PixelBox(0, 0, 1, 1)]));
    }

    [Fact]
    public void MeanIoU_SmallMap_CountsStrictlyAboveAndNaNInTheUnion()
    {
        Heatmap map = new(new ImageSize(3, 1), [0.3f, float.NaN, 0.5f]);

        // Predicted at 0.1 and 0.2: both numbers; at 0.3 and 0.4: the last; at 0.5: none. The box holds the first two pixels.
        Assert.Equal([1 / 3.0, 1 / 3.0, 0, 0, 0], MeanIoU.PerThreshold(map, [new PixelBox(0, 0, 2, 1)]));
        Assert.Equal([0, 0, 0, 0, 0], MeanIoU.PerThreshold(new Heatmap(new ImageSize(1, 1), [0]), []));
    }

    [Fact]
    public void OfBoxes_OverlappingAnswers_AreUnited()
    {
        ImageSize size = new(10, 8);

        Assert.Equal(1, MeanIoU.OfBoxes([new PixelBox(0, 0, 4, 4), new PixelBox(2, 0, 4, 4)], [new PixelBox(0, 0, 6, 4)], size));
        Assert.Equal(16.0 / 24, MeanIoU.OfBoxes([new PixelBox(0, 0, 4, 4)], [new PixelBox(0, 0, 6, 4)], size), 12);
        Assert.Equal(0, MeanIoU.OfBoxes([], [new PixelBox(0, 0, 6, 4)], size));
    }

    [Fact]
    public void AucRoc_SeparatedMap_IsTheAreaUnderFiveThresholds()
    {
        Heatmap map = new(new ImageSize(4, 1), [1, 0.8f, 0.3f, 0]);

        Assert.Equal(1, AucRoc.Compute(map, [new PixelBox(0, 0, 2, 1)]), 12);
        Assert.Equal(0.5, AucRoc.Compute(map, [new PixelBox(0, 0, 4, 1)]));
        Assert.Equal(0.5, AucRoc.Compute(new Heatmap(new ImageSize(2, 1), [1, 1]), [new PixelBox(0, 0, 1, 1)]), 12);

        // Thresholds from 1 down give (FPR, TPR) = (0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1).
        Assert.Equal(
            0.75,
            AucRoc.Compute(new Heatmap(new ImageSize(4, 1), [0.8f, 0.6f, 0.3f, 0]), [new PixelBox(0, 0, 1, 1), new PixelBox(2, 0, 1, 1)]),
            12
        );
    }

    [Fact]
    public void BoxPixels_FractionalEdges_TakePixelsByTheirCentres()
    {
        bool[] mask = BoxPixels.Union([new PixelBox(0.4, 0.6, 1.2, 5)], new ImageSize(3, 2));

        Assert.Equal([false, false, false, true, true, false], mask);
    }

    [Fact]
    public void Bootstrap_KnownSample_MatchesTheNormalApproximation()
    {
        double[] sample = [.. Enumerable.Range(0, 400).Select(i => (double)(i % 20))];
        double error = Math.Sqrt(sample.Select(value => Math.Pow(value - sample.Average(), 2)).Average() / sample.Length);

        ConfidenceInterval interval = new Bootstrap().Mean(sample);

        Assert.Equal(sample.Average(), interval.Mean, 12);

        // 10,000 resamples put the percentiles within about 3 % of the standard error; a tenth is generous.
        Assert.InRange((interval.Mean - interval.Low) / error, 1.86, 2.06);
        Assert.InRange((interval.High - interval.Mean) / error, 1.86, 2.06);
    }

    [Fact]
    public void Bootstrap_Seed_DecidesTheResult()
    {
        double[] sample = [1, 2, 4, 8, 16, 32];

        Assert.Equal(new Bootstrap(500, 7).Mean(sample), new Bootstrap(500, 7).Mean(sample));
        Assert.NotEqual(new Bootstrap(500, 7).Mean(sample), new Bootstrap(500, 8).Mean(sample));
    }

    [Fact]
    public void Bootstrap_Groups_AreWeightedAlike()
    {
        ConfidenceInterval interval = new Bootstrap(200).MeanOfMeans([
            [1, 1, 1, 1],
            [3],
        ]);

        Assert.Equal(new ConfidenceInterval(2, 2, 2), interval);
        Assert.True(interval.IsApartFrom(new ConfidenceInterval(4, 3, 5)));
        Assert.False(interval.IsApartFrom(new ConfidenceInterval(4, 2, 5)));
    }

    [Theory]
    [InlineData(new double[] { 3, 4 }, new double[] { 1, 2 }, 1)]
    [InlineData(new double[] { 1, 2 }, new double[] { 3, 4 }, 0)]
    [InlineData(new double[] { 1, 1 }, new double[] { 1 }, 0.5)]
    [InlineData(new double[] { 2, 5, 1 }, new double[] { 2, 0 }, 0.75)]
    public void RocArea_Scores_CountPairsInOrder(double[] positives, double[] negatives, double expected) =>
        Assert.Equal(expected, new Bootstrap(20).RocArea(positives, negatives).Mean, 12);

    [Fact]
    public void RocArea_Interval_HasTheWidthOfTheory()
    {
        double[] positives = [.. Enumerable.Range(0, 80).Select(i => i + 30.0)];
        double[] negatives = [.. Enumerable.Range(0, 80).Select(i => (double)i)];

        ConfidenceInterval interval = new Bootstrap(4000, 5).RocArea(positives, negatives);

        // Hanley and McNeil 1982, eq. 1, with their Q1 and Q2 counted exactly; the bootstrap is within a fifth of it.
        double area = interval.Mean;
        double above = positives.Average(score => Math.Pow(negatives.Count(other => other < score) / 80.0, 2));
        double below = negatives.Average(score => Math.Pow(positives.Count(other => other > score) / 80.0, 2));
        double error = Math.Sqrt(((area * (1 - area)) + (79 * (above - (area * area))) + (79 * (below - (area * area)))) / (80.0 * 80));
        Assert.InRange((interval.High - interval.Low) / (2 * 1.96 * error), 0.8, 1.2);
    }

    [Fact]
    public void SplitMix64_Numbers_AreThePublishedSequenceAndNormal()
    {
        // First outputs for seed 1234567, as the reference implementation (Vigna, prng.di.unimi.it) prints them.
        SplitMix64 random = new(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
        float[] normal = new float[20001];
        SplitMix64.OfStream(3, 4).FillNormal(normal);
        Assert.InRange(normal.Average(), -0.03, 0.03);
        Assert.InRange(normal.Average(value => (double)value * value), 0.96, 1.04);
        Assert.InRange(normal.Average(value => Math.Pow(value, 4)), 2.8, 3.2);
    }

    [Fact]
    public void Metrics_AnyMapAndBoxes_StayInRange() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 9], Gen.Int[0, int.MaxValue])
            .Sample(
                (width, height, seed) =>
                {
                    Random random = new(seed);
                    Heatmap map = new(
                        new ImageSize(width, height),
                        [.. Enumerable.Range(0, width * height).Select(_ => random.Next(8) == 0 ? float.NaN : random.NextSingle())]
                    );
                    PixelBox[] boxes =
                    [
                        .. Enumerable
                            .Range(0, random.Next(1, 4))
                            .Select(_ => new PixelBox(
                                random.Next(-3, width),
                                random.Next(-3, height),
                                random.Next(0, width + 3),
                                random.Next(0, height + 3)
                            )),
                    ];
                    Assert.InRange(MeanIoU.Compute(map, boxes), 0, 1);
                    Assert.InRange(AucRoc.Compute(map, boxes), 0, 1);
                    Assert.True(double.IsFinite(ContrastToNoiseRatio.Compute(map, boxes)));
                    Assert.True(double.IsFinite(ContrastToNoiseRatio.ComputeOrderFree(map, boxes)));
                    Assert.Equal(MeanIoU.OfBoxes(boxes, boxes, map.Size), boxes.Any(box => box.ClippedTo(map.Size).Area > 0) ? 1 : 0);
                },
                iter: 500,
                threads: 1
            );
}
