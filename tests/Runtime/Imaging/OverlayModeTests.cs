using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Overlay;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "slow")]
public sealed class OverlayModeTests
{
    private const int Cell = 20;

    /// <summary>700 x 600 with cells of 20 pixels; one strong block of 10 x 6 cells.</summary>
    private static OverlayContent Content(OverlayMode mode) =>
        new()
        {
            Image = new GrayImage(700, 600, [.. Enumerable.Repeat(0.4f, 700 * 600)]),
            Heatmap = Enumerable.Range(0, 700 * 600).Select(i => IsStrong(i % 700 / Cell, i / 700 / Cell) ? 1f : 0f).ToArray(),
            CellSize = Cell,
            Phrase = "left lower pneumonia",
            Mode = mode,
        };

    private static bool IsStrong(int column, int row) => column is >= 15 and < 25 && row is >= 10 and < 16;

    private static (int Width, int Height, byte[] Rgb) Draw(OverlayContent content)
    {
        using Image image = Image.PngloadBuffer(OverlayRenderer.Render(content));
        return (image.Width, image.Height, image.WriteToMemory<byte>());
    }

    private static int[] At((int Width, int Height, byte[] Rgb) picture, int x, int y) =>
        [.. picture.Rgb.AsSpan(((y * picture.Width) + x) * 3, 3)];

    [Fact]
    public void Render_Heat_IsInterpolatedBetweenCellsAndKeepsTheirValues()
    {
        (int Width, int Height, byte[] Rgb) smooth = Draw(Content(OverlayMode.Heat));
        (int Width, int Height, byte[] Rgb) blocks = Draw(Content(OverlayMode.Heat) with { CellSize = 0 });

        // In the middle of a cell the value is the map's own; across an edge it rises step by step.
        Assert.Equal(At(blocks, 400, 270), At(smooth, 400, 270));
        Assert.Equal([102, 102, 102], At(smooth, 270, 270));
        int[] edge = [.. Enumerable.Range(0, 20).Select(i => At(smooth, 290 + i, 270)[0] - At(smooth, 290 + i, 270)[2]).Distinct()];
        Assert.True(edge.Length > 8, $"{edge.Length} colours across the edge");
        Assert.Equal(2, Enumerable.Range(0, 20).Select(i => At(blocks, 290 + i, 270)[0]).Distinct().Count());
    }

    /// <summary>16 x 16 cells of 43.75 pixels in the middle of 700 x 900: no whole number, and margins above and below.</summary>
    [Fact]
    public void Render_HeatOfBrokenCellSizeWithMargins_IsSmoothAndLeavesTheMarginsDimmed()
    {
        float[] heatmap = new float[700 * 900];
        for (int y = 0; y < 900; y++)
        {
            for (int x = 0; x < 700; x++)
            {
                (int column, int row) = ((int)(x / 43.75), (int)((y - 100) / 43.75));
                heatmap[(y * 700) + x] =
                    y is < 100 or >= 800 ? float.NaN
                    : (column, row) == (9, 7) ? 1
                    : Math.Abs(column - 9) + Math.Abs(row - 7) == 1 ? 0.6f
                    : 0;
            }
        }

        (int Width, int Height, byte[] Rgb) picture = Draw(
            Content(OverlayMode.Heat) with
            {
                Image = new GrayImage(700, 900, [.. Enumerable.Repeat(0.4f, 700 * 900)]),
                Heatmap = heatmap,
                CellSize = 43.75,
            }
        );

        Assert.Equal([56, 56, 56], At(picture, 415, 99));
        Assert.Equal([102, 102, 102], At(picture, 415, 100));
        Assert.Equal([56, 56, 56], At(picture, 415, 800));

        // The strongest pixel is the cell's centre, and no neighbouring pixels differ much: there is no edge of a block.
        int[] across = [.. Enumerable.Range(0, 700).Select(x => At(picture, x, 428)[0])];
        Assert.InRange(Array.IndexOf(across, across.Max()), 405, 425);
        Assert.True(across.Zip(across.Skip(1), (a, b) => Math.Abs(a - b)).Max() <= 8, "a step from one pixel to the next");
        Assert.True(across.Max() - across.Min() > 60);
    }

    [Fact]
    public void Render_Heat_LeavesTheRadiographVisibleAtFullStrength()
    {
        OverlayContent content = Content(OverlayMode.Heat);
        OverlayContent brighter = content with { Image = new GrayImage(700, 600, [.. Enumerable.Repeat(0.8f, 700 * 600)]) };

        Assert.True(At(Draw(brighter), 400, 270)[2] - At(Draw(content), 400, 270)[2] > 0.4 * 102);
    }

    [Fact]
    public void Render_Contour_DrawsOnlyLines()
    {
        (int Width, int Height, byte[] Rgb) picture = Draw(Content(OverlayMode.Contour));

        // Inside and outside as it was; on the way across there is a line about half a cell from the block's edge.
        Assert.Equal([102, 102, 102], At(picture, 400, 270));
        Assert.Equal([102, 102, 102], At(picture, 100, 100));
        Assert.Contains(Enumerable.Range(285, 30), x => At(picture, x, 270) is var at && at[0] - at[2] > 60);
        Assert.Contains(Enumerable.Range(185, 30), y => At(picture, 400, y) is var at && at[0] - at[2] > 60);
    }

    [Fact]
    public void Render_SideBySide_ShowsTheBareRadiographOnTheLeft()
    {
        OverlayContent content = Content(OverlayMode.SideBySide) with { Boxes = [new PixelBox(300, 200, 200, 120)] };
        (int Width, int Height, byte[] Rgb) picture = Draw(content);

        Assert.Equal(1408, picture.Width);
        Assert.Equal([102, 102, 102], At(picture, 400, 270));
        Assert.Equal([102, 102, 102], At(picture, 300, 250));
        Assert.NotEqual([102, 102, 102], At(picture, 708 + 400, 270));
        Assert.True(At(picture, 708 + 300, 250)[2] > 200, "the box is on the right picture");
    }

    [Fact]
    public void Render_DoubtfulBox_IsDashed()
    {
        OverlayContent content = Content(OverlayMode.Contour) with { Boxes = [new PixelBox(100, 50, 500, 100)] };
        int Lit(OverlayContent shown) =>
            Draw(shown) is var picture ? Enumerable.Range(110, 480).Count(x => At(picture, x, 50)[2] > 200) : 0;

        int whole = Lit(content);
        Assert.InRange(Lit(content with { IsDoubtful = true }), whole / 3, whole * 4 / 5);
    }
}
