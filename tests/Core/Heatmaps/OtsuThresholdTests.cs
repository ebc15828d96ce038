using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using Xunit;

namespace CxrOnnx.Core.Tests.Heatmaps;

[Trait("Category", "quick")]
public class OtsuThresholdTests
{
    [Fact]
    public void Of_TwoValues_IsTheCentreOfTheLowBin()
    {
        // Every threshold between the two separates them equally well; the first bin wins, its centre is half a bin above the minimum.
        float[] map = [0, 0, 0, 1, 1];
        Assert.Equal(0.5 / 256, OtsuThreshold.Of(map), 1e-7);
    }

    [Fact]
    public void Of_ThreeClusters_MaximisesTheVarianceBetweenClasses()
    {
        // 10 x 0.0, 10 x 0.1, 10 x 1.0: splitting after 0.1 gives 20 * 10 * 0.95^2 = 180, after 0.0 only 10 * 20 * 0.55^2 = 60.
        float[] map = [.. Enumerable.Repeat(0f, 10), .. Enumerable.Repeat(0.1f, 10), .. Enumerable.Repeat(1f, 10)];
        Assert.Equal(25.5 / 256, OtsuThreshold.Of(map), 1e-6); // 0.1 lies in bin 25
    }

    [Fact]
    public void Of_ConstantMap_IsTheConstantSoThatNothingIsAbove()
    {
        float[] map = [0.5f, 0.5f];
        Assert.Equal(0.5f, OtsuThreshold.Of(map));
        OtsuThreshold.Mask(map, 0.5f);
        Assert.Equal([0, 0], map);
    }

    [Fact]
    public void Mask_ValueAtTheThreshold_IsRemovedAndTheRestKeepsItsValue()
    {
        float[] map = [0.2f, 0.5f, 0.7f];
        OtsuThreshold.Mask(map, 0.5f);
        Assert.Equal([0, 0, 0.7f], map);
    }

    [Fact]
    public void Of_Empty_Throws() => Assert.Throws<ArgumentException>(() => OtsuThreshold.Of([]));

    [Fact]
    public void Finish_ConstantMap_IsZeroAndSaysSo()
    {
        ModelHeatmap heatmap = new HeatmapPostprocessor(2.5, otsu: true).Apply([.. Enumerable.Repeat(0.25f, 15)], new GridSize(3, 5));
        Assert.True(heatmap.IsConstant || heatmap.Values.Max() == 1);
        ModelHeatmap exact = new HeatmapPostprocessor(0, otsu: true).Apply([.. Enumerable.Repeat(0.25f, 15)], new GridSize(3, 5));
        Assert.True(exact.IsConstant);
        Assert.Null(exact.OtsuThreshold);
        Assert.All(exact.Values, value => Assert.Equal(0, value));
    }
}
