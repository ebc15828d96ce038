using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Tests.Diffusion;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Heatmaps;

[Trait("Category", "quick")]
public class AttentionAggregationTests
{
    [Fact]
    public void Focus_TwoMaps_IsTheMeanOfLargestOverMean()
    {
        AttentionAggregation aggregation = new(new GridSize(4, 8));
        Assert.Equal(0, aggregation.Focus);
        aggregation.AddTokenMean([0.1f, 0.1f, 0.1f, 0.5f], new GridSize(2, 2)); // 0.5 / 0.2
        aggregation.AddTokenMean([0.3f, 0.3f], new GridSize(1, 2)); // 1
        Assert.Equal((2.5 + 1) / 2, aggregation.Focus, 1e-6);
    }

    // Latents of the fixture model are 24 x 24, so layers 3..7 (levels 3) have 6 x 6 cells; 20 steps are stored.
    private static readonly GridSize FixtureGrid = GridSize.Square(6);

    [Theory]
    [InlineData("n100_img0_p1", 0.501953125)]
    [InlineData("n100_img0_p2", 0.474609375)]
    public void Mean_ReferenceTokenMeans_GivesTheReferenceHeatmaps(string pair, double otsuThreshold)
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        float[] maps = reference.ReadFloat32($"{pair}_tokmean_layers3to7");
        GridSize image = GridSize.Square(192);

        // Frozen model: layers 3, 4, 6, 7, Gaussian filter, min-max, Otsu.
        float[] mean = Aggregate(maps, [3, 4, 6, 7], image);
        ModelHeatmap frozen = new HeatmapPostprocessor(2.5, otsu: true).Apply(mean, image);
        Assert.Equal(otsuThreshold, frozen.OtsuThreshold!.Value, 1.0 / 256); // one bin
        float[] final = reference.ReadFloat32($"{pair}_vios_final");
        int flipped = 0;
        for (int i = 0; i < final.Length; i++)
        {
            if (Math.Abs(final[i] - frozen.Values[i]) > 1e-3)
            {
                flipped++;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"threshold {frozen.OtsuThreshold}, wanted {otsuThreshold}; {flipped} pixels flipped"
        );
        Assert.True(flipped <= 0.002 * final.Length, $"{flipped} pixels differ"); // tolerance of the fixture: 0.2 % at the threshold

        // Tuned model: layers 4..7, Gaussian filter, min-max, no Otsu.
        float[] paper = reference.ReadFloat32($"{pair}_paper_gauss");
        float[] tunedMean = Aggregate(maps, [4, 5, 6, 7], image);
        float[] tunedSmooth = [.. tunedMean];
        new GaussianFilter(2.5).Apply(tunedSmooth, image);
        AssertNear(paper, tunedSmooth, 5e-5, "paper_gauss");
        ModelHeatmap tuned = new HeatmapPostprocessor(2.5, otsu: false).Apply(tunedMean, image);
        Assert.True(MapRange.Normalize(paper));
        AssertNear(paper, tuned.Values, 5e-4, "paper after min-max"); // 5e-5 divided by the map's range of about 0.3
    }

    [Fact]
    public void Mean_OneLayer_EqualsEnlargingEveryStepFirst()
    {
        // The reference's order: normalise, enlarge, then average. Ours averages first; rounding is all that may differ.
        Random random = new(3);
        GridSize grid = new(3, 5);
        GridSize coarse = new(2, 4);
        GridSize target = new(11, 17);
        AttentionAggregation aggregation = new(target);
        double[] wanted = new double[target.CellCount];
        for (int step = 0; step < 8; step++)
        {
            GridSize size = step % 2 == 0 ? grid : coarse;
            float[] map = [.. Enumerable.Range(0, size.CellCount).Select(_ => random.NextSingle())];
            aggregation.AddTokenMean(map, size);
            MapRange.Normalize(map);
            float[] enlarged = new float[target.CellCount];
            BilinearResampler.Resize(map, size, enlarged, target);
            for (int i = 0; i < wanted.Length; i++)
            {
                wanted[i] += enlarged[i] / 8.0;
            }
        }

        float[] mean = aggregation.Mean();
        Assert.Equal(8, aggregation.MapCount);
        for (int i = 0; i < wanted.Length; i++)
        {
            Assert.Equal(wanted[i], mean[i], 1e-6); // a few single-precision roundings of values below 1
        }
    }

    [Fact]
    public void Add_NonSquareGridAndScatteredTokens_AveragesTheOwnTokensOnly()
    {
        // Q = 2 x 3 cells, S = 4 tokens; own tokens 1 and 3 have the means 0, 1, 2, 3, 4, 10.
        float[] attention = [9, 0, 9, 0, 9, 2, 9, 0, 9, 1, 9, 3, 9, 3, 9, 3, 9, 0, 9, 8, 9, 10, 9, 10];
        GridSize grid = new(2, 3);
        AttentionAggregation aggregation = new(grid);
        aggregation.Add(attention, grid, [1, 3]);
        float[] mean = aggregation.Mean();
        float[] wanted = [0, 0.1f, 0.2f, 0.3f, 0.4f, 1];
        for (int i = 0; i < wanted.Length; i++)
        {
            Assert.Equal(wanted[i], mean[i], 1e-6);
        }
    }

    [Fact]
    public void Mean_ConstantMap_CountsAsZeroAndIsReported()
    {
        GridSize grid = new(1, 2);
        AttentionAggregation aggregation = new(grid);
        aggregation.AddTokenMean([0.2f, 0.2f], grid);
        aggregation.AddTokenMean([0, 7], grid);
        Assert.Equal([0, 0.5f], aggregation.Mean());
        Assert.Equal((2, 1), (aggregation.MapCount, aggregation.ConstantMapCount));
    }

    [Fact]
    public void AddTokenMean_NaN_Throws() =>
        Assert.Throws<ArgumentException>(() =>
            new AttentionAggregation(new GridSize(2, 2)).AddTokenMean([0, float.NaN], new GridSize(1, 2))
        );

    [Fact]
    public void Mean_Nothing_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new AttentionAggregation(new GridSize(2, 2)).Mean());

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 0, 4 })]
    [InlineData(new[] { -1 })]
    public void Add_PositionsEmptyOrOutside_Throws(int[] positions) =>
        Assert.Throws<ArgumentException>(() =>
            new AttentionAggregation(new GridSize(2, 2)).Add(new float[24], new GridSize(2, 3), positions)
        );

    [Fact]
    public void Add_AttentionNotAMultipleOfTheGrid_Throws() =>
        Assert.Throws<ArgumentException>(() => new AttentionAggregation(new GridSize(2, 2)).Add(new float[25], new GridSize(2, 3), [0]));

    private static float[] Aggregate(float[] maps, int[] layers, GridSize image)
    {
        AttentionAggregation aggregation = new(image);
        int cells = FixtureGrid.CellCount;
        foreach (int layer in layers)
        {
            for (int step = 0; step < 20; step++)
            {
                aggregation.AddTokenMean(maps.AsSpan((((layer - 3) * 20) + step) * cells, cells), FixtureGrid);
            }
        }

        return aggregation.Mean();
    }

    private static void AssertNear(float[] wanted, float[] got, double tolerance, string what)
    {
        double worst = NoiseScheduleTests.MaxAbs(wanted, got);
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: max abs {worst:E2}");
        Assert.True(worst <= tolerance, $"{what}: max abs {worst}");
    }
}
