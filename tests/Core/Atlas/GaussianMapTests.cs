using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using Xunit;

namespace CxrOnnx.Core.Tests.Atlas;

[Trait("Category", "quick")]
public sealed class GaussianMapTests
{
    [Fact]
    public void Render_NonSquareGrid_HasRowsDownAndColumnsAcross()
    {
        // 4 rows x 8 columns: cells are 64 wide and 128 high; the centre lies in row 3, column 1.
        float[] map = GaussianMap.Render([new LocationGaussian(96, 448, 30, 60)], new GridSize(4, 8));
        Assert.Equal(32, map.Length);
        Assert.Equal((3 * 8) + 1, Array.IndexOf(map, map.Max()));
        Assert.Equal(1f, map.Max(), 1e-6f);
        Assert.Equal(Math.Exp(-0.5 * Math.Pow(64 / 30.0, 2)), map[(3 * 8) + 2], 1e-6);
        Assert.Equal(Math.Exp(-0.5 * Math.Pow(128 / 60.0, 2)), map[(2 * 8) + 1], 1e-6);
    }

    [Fact]
    public void Render_DensityGrid_SumsToOne()
    {
        float[] map = GaussianMap.Render([new LocationGaussian(256, 200, 40, 50)], new GridSize(64, 32), GaussianScale.DensityGrid);
        Assert.Equal(1, map.Sum(value => (double)value), 1e-3); // midpoint rule on cells of 0.4 and 0.16 sigma
    }

    [Fact]
    public void Render_NoGaussianOrNoWidth_IsRefused()
    {
        Assert.ThrowsAny<ArgumentException>(() => GaussianMap.Render([], GridSize.Square(8)));
        Assert.Throws<ArgumentException>(() => GaussianMap.Render([new LocationGaussian(1, 1, 0, 1)], GridSize.Square(8)));
        Assert.Throws<ArgumentException>(() => GaussianMap.Render([new LocationGaussian(1, 1, 1, double.NaN)], GridSize.Square(8)));
    }

    [Fact]
    public void Jitter_FivePercent_StaysWithinItsBoundsAndIsSeeded()
    {
        LocationGaussian gaussian = new(256, 128, 20, 60);
        Random random = new(9);
        for (int i = 0; i < 1000; i++)
        {
            LocationGaussian moved = gaussian.Jitter(random, 0.05);
            Assert.InRange(Math.Abs(moved.MuX - 256), 0, 25.6);
            Assert.InRange(Math.Abs(moved.SigmaY - 60), 0, 25.6);
            Assert.True(moved.SigmaX >= 1);
        }

        Assert.Equal(gaussian.Jitter(new Random(4), 0.05), gaussian.Jitter(new Random(4), 0.05));
        Assert.Equal(gaussian, gaussian.Jitter(new Random(4), 0));
    }
}
