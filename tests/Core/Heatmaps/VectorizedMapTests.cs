using CsCheck;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using Xunit;

namespace CxrOnnx.Core.Tests.Heatmaps;

/// <summary>
/// What is computed in vectors has the bits of plain loops that add in the same order, at every size: results must not depend on how wide
/// a processor's vectors are.
/// </summary>
[Trait("Category", "quick")]
public class VectorizedMapTests
{
    // Sizes around one and four vectors of 4, 8 and 16 lanes, and beyond a strip of the filter.
    private static readonly Gen<GridSize> Sizes = Gen.Select(
        Gen.Int[1, 40],
        Gen.Int[1, 150],
        (rows, columns) => new GridSize(rows, columns)
    );

    [Fact]
    public void Filter_AnySize_HasTheBitsOfPlainLoops() =>
        Gen.Select(Sizes, Gen.Double[0.2, 6], Gen.Int[0, 999])
            .Sample(
                (grid, sigma, seed) =>
                {
                    GaussianFilter filter = new(sigma);
                    float[] map = Map(grid, seed);
                    float[] wanted = PlainFilter(map, grid, filter);
                    (float minimum, float maximum) = filter.ApplyWithRange(map, grid);
                    Assert.Equal(wanted, map);
                    Assert.Equal((wanted.Min(), wanted.Max()), (minimum, maximum));
                },
                iter: 150
            );

    [Fact]
    public void Finish_AnySize_HasTheBitsOfPlainLoops() =>
        Gen.Select(Sizes, Gen.Int[0, 999])
            .Sample(
                (grid, seed) =>
                {
                    float[] map = Map(grid, seed);
                    float[] wanted = PlainFilter(map, grid, new GaussianFilter(2.5));
                    float minimum = wanted.Min();
                    float range = wanted.Max() - minimum;
                    ModelHeatmap heatmap = new HeatmapPostprocessor(2.5, otsu: true).Apply(map, grid);
                    if (range == 0)
                    {
                        Assert.True(heatmap.IsConstant);
                        return;
                    }

                    wanted = [.. wanted.Select(value => (value - minimum) / range)];
                    float threshold = PlainThreshold(wanted);
                    Assert.Equal(threshold, heatmap.OtsuThreshold);
                    Assert.Equal(wanted.Select(value => value > threshold ? value : 0), heatmap.Values);
                },
                iter: 100
            );

    [Fact]
    public void Threshold_AnyRange_IsThatOfPlainLoops() =>
        Gen.Select(Sizes, Gen.Int[0, 999], Gen.Double[-2, 2], Gen.Double[0.01, 9])
            .Sample(
                (grid, seed, offset, scale) =>
                {
                    float[] map = [.. Map(grid, seed).Select(value => (float)((value * scale) + offset))];
                    if (map.Min() < map.Max())
                    {
                        Assert.Equal(PlainThreshold(map), OtsuThreshold.Of(map));
                    }
                },
                iter: 150
            );

    [Fact]
    public void Mean_SeveralSizes_AddsTheEnlargedMapsInTheirOrder()
    {
        GridSize target = new(21, 37);
        GridSize[] grids = [new(3, 5), new(7, 4), new(6, 6)];
        AttentionAggregation aggregation = new(target);
        float[] wanted = new float[target.CellCount];
        foreach ((int i, GridSize grid) in grids.Index())
        {
            float[] map = Map(grid, i);
            aggregation.AddTokenMean(map, grid);
            MapRange.Normalize(map);
            float[] share = [.. map.Select(value => (float)((double)value / grids.Length))];
            float[] enlarged = new float[target.CellCount];
            Core.Preprocessing.BilinearResampler.Resize(share, grid, enlarged, target);
            for (int k = 0; k < wanted.Length; k++)
            {
                wanted[k] += enlarged[k];
            }
        }

        Assert.Equal(wanted, aggregation.Mean());
    }

    [Theory]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(333)]
    public void Range_NotANumberAnywhere_IsFound(int length)
    {
        for (int at = 0; at < length; at++)
        {
            float[] map = Map(new GridSize(1, length), at);
            map[at] = float.NaN;
            Assert.Throws<ArgumentException>(() => MapRange.Normalize(map));
        }
    }

    private static float[] Map(GridSize grid, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, grid.CellCount).Select(_ => random.NextSingle())];
    }

    private static float[] PlainFilter(float[] map, GridSize grid, GaussianFilter filter)
    {
        float[] down = Plain(map, filter, (y, x, k) => map[(Mirrored(y + k, grid.Rows) * grid.Columns) + x], grid);
        return Plain(down, filter, (y, x, k) => down[(y * grid.Columns) + Mirrored(x + k, grid.Columns)], grid);
    }

    private static float[] Plain(float[] map, GaussianFilter filter, Func<int, int, int, float> neighbour, GridSize grid)
    {
        float[] sums = new float[map.Length];
        for (int i = 0; i < map.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, grid.Columns);
            float sum = filter.Weights[0] * map[i];
            for (int k = 1; k <= filter.Radius; k++)
            {
                float pair = neighbour(y, x, -k) + neighbour(y, x, k);
                sum += filter.Weights[k] * pair;
            }

            sums[i] = sum;
        }

        return sums;
    }

    private static int Mirrored(int index, int length)
    {
        while (index < 0 || index >= length)
        {
            index = index < 0 ? -1 - index : (2 * length) - 1 - index;
        }

        return index;
    }

    /// <summary>Bins by comparison with the edges alone; then every threshold's variance between classes.</summary>
    private static float PlainThreshold(float[] map)
    {
        float minimum = map.Min();
        float maximum = map.Max();
        float[] edges = [.. Enumerable.Range(0, 257).Select(i => (float)(minimum + (((double)maximum - minimum) * i / 256)))];
        edges[256] = maximum;
        long[] counts = new long[256];
        foreach (float value in map)
        {
            int bin = Array.FindLastIndex(edges, edge => edge <= value);
            counts[Math.Clamp(bin, 0, 255)]++;
        }

        double[] centers = [.. Enumerable.Range(0, 256).Select(i => (double)((edges[i] + edges[i + 1]) / 2))];
        double total = map.Length;
        double moment = 0;
        for (int i = 0; i < 256; i++)
        {
            moment += counts[i] * centers[i];
        }

        (double Variance, int Bin) best = (double.NegativeInfinity, 0);
        double below = 0;
        double belowMoment = 0;
        for (int i = 0; i < 255; i++)
        {
            below += counts[i];
            belowMoment += counts[i] * centers[i];
            double difference = (belowMoment / below) - ((moment - belowMoment) / (total - below));
            double variance = below * (total - below) * difference * difference;
            best = variance > best.Variance ? (variance, i) : best;
        }

        return (float)centers[best.Bin];
    }
}
