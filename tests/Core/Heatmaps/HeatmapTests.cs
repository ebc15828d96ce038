using CsCheck;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using Xunit;

namespace CxrOnnx.Core.Tests.Heatmaps;

[Trait("Category", "quick")]
public class HeatmapTests
{
    [Fact]
    public void Box_TwoRegions_IsAroundTheLargest()
    {
        Heatmap heatmap = Parse("9..5.", "..6..", ".....", "...7.");
        // The two cells of the diagonal touch at a corner and form the largest region although 9 is higher.
        Assert.Equal(new PixelBox(2, 0, 2, 2), heatmap.Box(0.4));
        Assert.Equal(
            [
                new(new PixelBox(2, 0, 2, 2), 2, 0.6f),
                new(new PixelBox(0, 0, 1, 1), 1, 0.9f),
                new HeatmapRegion(new PixelBox(3, 3, 1, 1), 1, 0.7f),
            ],
            heatmap.Regions(0.4)
        );
    }

    [Fact]
    public void Box_NothingAbove_IsNull()
    {
        Assert.Null(Parse("12", "34").Box(0.4));
        Assert.Null(new Heatmap(new ImageSize(2, 1), [float.NaN, float.NaN]).Box(-1));
    }

    [Fact]
    public void Box_ValueAtTheThreshold_IsNotAbove() => Assert.Null(Parse("5").Box(0.5));

    [Fact]
    public void Peak_EnlargedMap_IsTheCentreOfTheBlock()
    {
        Heatmap heatmap = new ModelHeatmap(GridSize.Square(2), [0, 1, 0.5f, 0]).ToOriginal(new ImageTransform(new ImageSize(10, 6), 2));
        // Margins of 2 columns, then blocks of 3 x 3 pixels.
        Assert.Equal(new HeatmapPeak(6.5, 1.5, 1), heatmap.Peak());
        Assert.Equal(new PixelBox(5, 0, 3, 3), heatmap.Box(0.5));
        Assert.True(float.IsNaN(heatmap[1, 0]));
        Assert.Equal(0.5f, heatmap[2, 5]);
        Assert.Equal(new PixelBox(2, 0, 6, 6), heatmap.Box(0.4)); // joined over the corner
    }

    [Fact]
    public void Peak_ZeroMap_IsNull() => Assert.Null(Parse("..", "..").Peak());

    [Fact]
    public void Indexer_Outside_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Parse("12", "34")[2, 0]);

    [Fact]
    public void Constructor_WrongLength_Throws() => Assert.Throws<ArgumentException>(() => new Heatmap(new ImageSize(3, 2), new float[5]));

    [Fact]
    public void Regions_RandomMaps_EqualFloodFill() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12], Gen.Int[0, 10_000])
            .Sample(
                (width, height, seed) =>
                {
                    Random random = new(seed);
                    float[] map = [.. Enumerable.Range(0, width * height).Select(_ => random.NextSingle())];
                    IReadOnlyList<HeatmapRegion> regions = new Heatmap(new ImageSize(width, height), map).Regions(0.55);
                    Assert.Equal(
                        FloodFill(map, width, height, 0.55f),
                        regions.Select(region => (region.Box, region.PixelCount)).ToHashSet()
                    );
                    Assert.Equal(
                        regions.Select(region => region.PixelCount).OrderDescending(),
                        regions.Select(region => region.PixelCount)
                    );
                    Assert.Equal(map.Count(value => value > 0.55f), regions.Sum(region => region.PixelCount));
                },
                iter: 500
            );

    private static HashSet<(PixelBox Box, int Count)> FloodFill(float[] map, int width, int height, float threshold)
    {
        HashSet<(PixelBox Box, int Count)> found = [];
        bool[] seen = new bool[map.Length];
        for (int start = 0; start < map.Length; start++)
        {
            if (seen[start] || map[start] <= threshold)
            {
                continue;
            }

            Stack<int> open = new([start]);
            seen[start] = true;
            List<int> cells = [];
            while (open.TryPop(out int cell))
            {
                cells.Add(cell);
                for (int dy = -1; dy <= 1; dy++)
                {
                    for (int dx = -1; dx <= 1; dx++)
                    {
                        int x = (cell % width) + dx;
                        int y = (cell / width) + dy;
                        if (x < 0 || y < 0 || x >= width || y >= height)
                        {
                            continue;
                        }

                        int next = (y * width) + x;
                        if (seen[next] || map[next] <= threshold)
                        {
                            continue;
                        }

                        seen[next] = true;
                        open.Push(next);
                    }
                }
            }

            int left = cells.Min(cell => cell % width);
            int top = cells.Min(cell => cell / width);
            found.Add(
                (PixelBox.FromEdges(left, top, cells.Max(cell => cell % width) + 1, cells.Max(cell => cell / width) + 1), cells.Count)
            );
        }

        return found;
    }

    /// <summary>One digit per pixel, tenths; a dot is 0.</summary>
    private static Heatmap Parse(params string[] rows) =>
        new(
            new ImageSize(rows[0].Length, rows.Length),
            [.. rows.SelectMany(row => row.Select(cell => cell == '.' ? 0 : (cell - '0') / 10f))]
        );
}
