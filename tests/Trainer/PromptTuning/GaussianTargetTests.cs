using CxrOnnx.Core;
using CxrOnnx.Trainer.PromptTuning;
using Xunit;

namespace CxrOnnx.Trainer.Tests.PromptTuning;

public sealed class GaussianTargetTests
{
    [Fact]
    public void Map_NonSquareGrid_HasRowsDownAndColumnsAcross()
    {
        // 4 rows x 8 columns: cells are 64 wide and 128 high; the centre lies in row 3, column 1.
        float[] map = GaussianTarget.Map([new TargetGaussian(96, 448, 30, 60)], rows: 4, columns: 8);
        Assert.Equal(32, map.Length);
        Assert.Equal((3 * 8) + 1, Array.IndexOf(map, map.Max()));
        Assert.Equal(1f, map.Max(), 1e-6f);
        Assert.Equal(Math.Exp(-0.5 * Math.Pow(64 / 30.0, 2)), map[(3 * 8) + 2], 1e-6);
        Assert.Equal(Math.Exp(-0.5 * Math.Pow(128 / 60.0, 2)), map[(2 * 8) + 1], 1e-6);
    }

    [Fact]
    public void Map_DensityGrid_SumsToOne()
    {
        float[] map = GaussianTarget.Map([new TargetGaussian(256, 200, 40, 50)], 64, 32, GaussianScale.DensityGrid);
        Assert.Equal(1, map.Sum(value => (double)value), 1e-3); // midpoint rule on cells of 0.4 and 0.16 sigma
    }

    [Fact]
    public void Map_NoGaussianOrNoWidth_IsRefused()
    {
        Assert.Throws<InputException>(() => GaussianTarget.Map([], 8, 8));
        Assert.Throws<InputException>(() => GaussianTarget.Map([new TargetGaussian(1, 1, 0, 1)], 8, 8));
        Assert.Throws<InputException>(() => GaussianTarget.Map([new TargetGaussian(1, 1, 1, double.NaN)], 8, 8));
    }

    [Fact]
    public void Of_AtlasGaussian_KeepsTheGrid()
    {
        Core.Atlas.LocationGaussian location = Core.Atlas.LocationGaussian.OfFractions(0.25, 0.5, 0.1, 0.2);
        Assert.Equal(new TargetGaussian(128, 256, 51.2, 102.4), TargetGaussian.Of(location));
        Assert.Equal(Core.Atlas.LocationGaussian.GridSide, TargetGaussian.GridSide);
    }

    [Fact]
    public void Jitter_FivePercent_StaysWithinItsBoundsAndIsSeeded()
    {
        TargetGaussian gaussian = new(256, 128, 20, 60);
        Random random = new(9);
        for (int i = 0; i < 1000; i++)
        {
            TargetGaussian moved = gaussian.Jitter(random, 0.05);
            Assert.InRange(Math.Abs(moved.MuX - 256), 0, 25.6);
            Assert.InRange(Math.Abs(moved.SigmaY - 60), 0, 25.6);
            Assert.True(moved.SigmaX >= 1);
        }

        Assert.Equal(gaussian.Jitter(new Random(4), 0.05), gaussian.Jitter(new Random(4), 0.05));
        Assert.Equal(gaussian, gaussian.Jitter(new Random(4), 0));
    }
}
