using CxrOnnx.Core.Geometry;
using Xunit;

namespace CxrOnnx.Core.Tests.Geometry;

[Trait("Category", "quick")]
public class PixelBoxTests
{
    [Theory]
    [InlineData(-3, -2, 5, 4, 0, 0, 2, 2)] // negative corner: the reference slices with negative indices, we clip
    [InlineData(8, 5, 10, 10, 8, 5, 2, 1)]
    [InlineData(20, 1, 3, 3, 10, 1, 0, 3)]
    public void ClippedTo_WideImage_StaysInside(double x, double y, double w, double h, double cx, double cy, double cw, double ch) =>
        Assert.Equal(new PixelBox(cx, cy, cw, ch), new PixelBox(x, y, w, h).ClippedTo(new ImageSize(10, 6)));

    [Theory]
    [InlineData(0, 0, 4, 2, 1.0)]
    [InlineData(2, 0, 4, 2, 4.0 / 12)]
    [InlineData(4, 0, 4, 2, 0.0)] // they share only an edge
    [InlineData(1, 1, 0, 0, 0.0)]
    public void IntersectionOverUnion_Boxes_EqualsHandComputed(double x, double y, double w, double h, double expected)
    {
        PixelBox box = new(0, 0, 4, 2);
        PixelBox other = new(x, y, w, h);
        Assert.Equal(expected, box.IntersectionOverUnion(other), 1e-12);
        Assert.Equal(expected, other.IntersectionOverUnion(box), 1e-12);
    }

    [Fact]
    public void IntersectionOverUnion_TwoEmptyBoxes_IsZero() => Assert.Equal(0, default(PixelBox).IntersectionOverUnion(default));

    [Fact]
    public void GridSize_DividedBy_RoundsUp()
    {
        Assert.Equal(new GridSize(12, 20), new GridSize(96, 160).DividedBy(8));
        Assert.Equal(new GridSize(2, 3), new GridSize(3, 5).DividedBy(2));
    }
}
