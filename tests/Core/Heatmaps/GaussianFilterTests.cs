using CsCheck;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using Xunit;

namespace CxrOnnx.Core.Tests.Heatmaps;

[Trait("Category", "quick")]
public class GaussianFilterTests
{
    [Fact]
    public void Apply_Impulse_GivesTheSeparableKernel()
    {
        GaussianFilter filter = new(0.5); // radius int(4 * 0.5 + 0.5) = 2
        Assert.Equal(2, filter.Radius);
        GridSize grid = new(7, 9);
        float[] map = new float[63];
        map[(3 * 9) + 4] = 1;
        filter.Apply(map, grid);
        double[] kernel = [Math.Exp(-8), Math.Exp(-2), 1, Math.Exp(-2), Math.Exp(-8)];
        double total = kernel.Sum();
        for (int y = 0; y < 7; y++)
        {
            for (int x = 0; x < 9; x++)
            {
                double vertical = Math.Abs(y - 3) <= 2 ? kernel[y - 1] / total : 0;
                double horizontal = Math.Abs(x - 4) <= 2 ? kernel[x - 2] / total : 0;
                Assert.Equal(vertical * horizontal, map[(y * 9) + x], 1e-7);
            }
        }
    }

    [Fact]
    public void Apply_EdgeImpulse_MirrorsWithTheEdgeRepeated()
    {
        // 1 | 1 0 0 0: the first pixel sees itself once more at distance 1, and nothing at distance 2 but a zero.
        GaussianFilter filter = new(0.5);
        float[] map = [1, 0, 0, 0];
        filter.Apply(map, new GridSize(1, 4));
        double total = 1 + (2 * Math.Exp(-2)) + (2 * Math.Exp(-8));
        Assert.Equal((1 + Math.Exp(-2)) / total, map[0], 1e-6);
        Assert.Equal((Math.Exp(-2) + Math.Exp(-8)) / total, map[1], 1e-6);
        Assert.Equal(Math.Exp(-8) / total, map[2], 1e-6);
        Assert.Equal(0, map[3], 1e-6);
    }

    [Fact]
    public void Apply_AnySizeAndSigma_KeepsSumAndConstants() =>
        Gen.Select(Gen.Int[1, 24], Gen.Int[1, 24], Gen.Double[0, 6], Gen.Int[0, 999])
            .Sample(
                (rows, columns, sigma, seed) =>
                {
                    // Mirrored edges conserve the sum, also where the kernel is wider than the map.
                    Random random = new(seed);
                    GridSize grid = new(rows, columns);
                    float[] map = [.. Enumerable.Range(0, grid.CellCount).Select(_ => random.NextSingle())];
                    double before = map.Sum(value => (double)value);
                    new GaussianFilter(sigma).Apply(map, grid);
                    Assert.Equal(before, map.Sum(value => (double)value), 1e-3);
                    float[] constant = [.. Enumerable.Repeat(0.75f, grid.CellCount)];
                    new GaussianFilter(sigma).Apply(constant, grid);
                    Assert.All(constant, value => Assert.Equal(0.75, value, 1e-5));
                },
                iter: 200
            );

    [Fact]
    public void Apply_SigmaZero_ChangesNothing()
    {
        float[] map = [3, 1, 2];
        new GaussianFilter(0).Apply(map, new GridSize(3, 1));
        Assert.Equal([3, 1, 2], map);
    }

    [Fact]
    public void Radius_PublishedSigma_IsTen() => Assert.Equal(10, new GaussianFilter(2.5).Radius);

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e9)]
    public void Constructor_SigmaOutside_Throws(double sigma) => Assert.Throws<InputException>(() => new GaussianFilter(sigma));
}
