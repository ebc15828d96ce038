using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Methods;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Methods;

[Trait("Category", "quick")]
public sealed class ModelViewTests
{
    [Theory]
    [InlineData("480/512", 1024, 2048, 32, 544, 960, 960)]
    [InlineData("448/512", 1000, 800, 150, 50, 700, 700)]
    [InlineData("500/600", 600, 900, 50, 200, 500, 500)]
    [InlineData("square", 1000, 800, 100, 0, 800, 800)]
    [InlineData("square/224", 800, 1000, 0, 100, 800, 800)]
    [InlineData("pad/512", 1000, 800, 0, -100, 1000, 1000)]
    [InlineData("whole", 1000, 800, 0, 0, 1000, 800)]
    public void FieldOfView_View_IsItsPartOfTheImage(string text, int width, int height, double x, double y, double w, double h) =>
        Assert.Equal(new PixelBox(x, y, w, h), ModelView.Parse(text).FieldOfView(new ImageSize(width, height)));

    [Theory]
    [InlineData("480/512", false, 0, 0, 480, 480)]
    [InlineData("480/512", true, 0, 0, 1, 1)]
    [InlineData("square/224", false, 112, 112, 112, 112)]
    [InlineData("pad/100", false, 0, 10, 100, 80)]
    [InlineData("whole/50x40", false, 10, 10, 40, 30)]
    [InlineData("whole", true, 0.5, 0.5, 0.25, 0.5)]
    public void ToOriginal_Box_CoversTheSamePartOfTheImage(string text, bool isNormalized, double x, double y, double w, double h)
    {
        PixelBox box = ModelView.Parse(text).ToOriginal(new PixelBox(x, y, w, h), new ImageSize(1000, 800), isNormalized);

        PixelBox expected = text switch
        {
            "480/512" => new PixelBox(125, 25, 750, 750),
            "square/224" => new PixelBox(500, 400, 400, 400),
            "pad/100" => new PixelBox(0, 0, 1000, 800),
            "whole/50x40" => new PixelBox(200, 200, 800, 600),
            _ => new PixelBox(500, 400, 250, 400),
        };
        Assert.Equal(expected.X, box.X, 9);
        Assert.Equal(expected.Y, box.Y, 9);
        Assert.Equal(expected.Width, box.Width, 9);
        Assert.Equal(expected.Height, box.Height, 9);
    }

    [Fact]
    public void ToOriginal_NearestMapOfACrop_RepeatsItsCellsAndLeavesMarginsNaN()
    {
        // 3/4 of the shortest side of 8 is 6: one column left and right of the crop's own rows, two rows above and below.
        float[] map = ModelView.Parse("3/4:nearest").ToOriginal([1, 2, 3, 4], new GridSize(2, 2), new ImageSize(8, 10));

        for (int y = 0; y < 10; y++)
        {
            for (int x = 0; x < 8; x++)
            {
                float expected =
                    x is < 1 or > 6 || y is < 2 or > 7 ? float.NaN
                    : y < 5 ? (x < 4 ? 1 : 2)
                    : (x < 4 ? 3 : 4);
                Assert.Equal(expected, map[(y * 8) + x]);
            }
        }
    }

    [Fact]
    public void ToOriginal_LinearMap_IsThatOfTheResampler()
    {
        float[] expected = new float[6 * 6];
        Core.Preprocessing.BilinearResampler.Resize([1, 2, 3, 4, 5, 6], new GridSize(2, 3), expected, new GridSize(6, 6));

        float[] map = ModelView.Parse("square").ToOriginal([1, 2, 3, 4, 5, 6], new GridSize(2, 3), new ImageSize(9, 6));

        // The odd pixel of the margin lies on the right, as in BioViL's own code.
        Assert.All(Enumerable.Range(0, 6), y => Assert.True(float.IsNaN(map[y * 9]) && float.IsNaN(map[(y * 9) + 7])));
        Assert.All(Enumerable.Range(0, 36), i => Assert.Equal(expected[i], map[(i / 6 * 9) + 1 + (i % 6)]));
    }

    [Fact]
    public void ToOriginal_PaddedMap_LosesItsPadding()
    {
        // A square of 4 around an image of 4 x 2: its first and last row are padding.
        float[] map = ModelView
            .Parse("pad:nearest")
            .ToOriginal([.. Enumerable.Range(0, 16).Select(i => (float)i)], new GridSize(4, 4), new ImageSize(4, 2));

        Assert.Equal([4, 5, 6, 7, 8, 9, 10, 11], map);
    }

    [Theory]
    [InlineData("512/480")]
    [InlineData("0/512")]
    [InlineData("480")]
    [InlineData("square/0")]
    [InlineData("square/10x20")]
    [InlineData("centre")]
    [InlineData("")]
    [InlineData("whole/999999")]
    public void Parse_OtherText_IsRefused(string text) =>
        Assert.StartsWith("`crop` ", Assert.Throws<InputException>(() => ModelView.Parse(text)).Message, StringComparison.Ordinal);
}
