using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using Xunit;

namespace CxrOnnx.Core.Tests.Evidence;

/// <summary>Evidence maps on maps small enough to follow by hand; a latent grid of 6 x 8 under a square of 12 x 24.</summary>
[Trait("Category", "quick")]
public class EvidenceMapsTests
{
    private static readonly GridSize Cells = new(6, 8);
    private static readonly GridSize Square = new(12, 24);
    private static readonly EvidenceRecipe Recipe = new([230, 470], 1, 0.05, new EvidenceWeights(-5, 4, 4, 4), 0.7, "nothing");

    [Fact]
    public void CellMeans_NonSquareFactor_AveragesEachCell()
    {
        float[] map = new float[Square.CellCount];
        map[(3 * 24) + 7] = 6; // row 1 of cells (2 rows each), column 2 (3 columns each)
        map[(2 * 24) + 6] = 3;

        float[] means = EvidenceMaps.CellMeans(new ModelHeatmap(Square, map), Cells);

        Assert.Equal(1.5f, means[(1 * 8) + 2]);
        Assert.Equal(1.5f, means.Sum());
    }

    [Fact]
    public void CellMeans_GridThatDoesNotDivide_Throws() =>
        Assert.Throws<ArgumentException>(() =>
            EvidenceMaps.CellMeans(new ModelHeatmap(Square, new float[Square.CellCount]), new GridSize(5, 8))
        );

    [Fact]
    public void Of_GainWithNegativeValues_KeepsThePositiveOnesUpToOne()
    {
        PredictionGain gain = Gain((2, 3, 4.0), (4, 6, -3.0));

        EvidenceMaps maps = EvidenceMaps.Of(Attention(2, 3), gain, 0.01);

        Assert.Equal(1, maps.Gain.Max());
        Assert.Equal(0, maps.Gain[(4 * 8) + 6]);
        Assert.Equal((2 * 8) + 3, maps.Gain.ToList().IndexOf(1));
        Assert.All(maps.Both.Index(), cell => Assert.Equal(MathF.Sqrt(maps.Attention[cell.Index] * maps.Gain[cell.Index]), cell.Item));
    }

    [Fact]
    public void Of_PhraseThatHelpsNowhere_HasNoGain()
    {
        EvidenceMaps maps = EvidenceMaps.Of(Attention(2, 3), Gain((1, 1, -2.0)), 0.01);

        Assert.All(maps.Gain, value => Assert.Equal(0, value));
        Assert.False(maps.Join(Recipe, Square).IsConstant);
    }

    [Fact]
    public void Join_AttentionAndGainApart_PeaksWhereBothAre()
    {
        // The attention has two places, the image speaks for the second one.
        float[] map = new float[Square.CellCount];
        Draw(map, 1, 1);
        Draw(map, 4, 6);
        EvidenceMaps maps = EvidenceMaps.Of(new ModelHeatmap(Square, map), Gain((4, 6, 2.0)), 0.05);

        ModelHeatmap joined = maps.Join(Recipe, Square);

        int peak = Array.IndexOf(joined.Values, joined.Values.Max());
        Assert.Equal((4, 6), (peak / 24 / 2, peak % 24 / 3));
        Assert.Equal((0f, 1f), (joined.Values.Min(), joined.Values.Max()));
        Assert.True(joined.Values[(2 * 24) + 4] < 0.9f, "the place that only the words name stays below");
    }

    [Fact]
    public void Join_OneCell_IsTheLogisticByHand()
    {
        // Smoothing so narrow that nothing leaves its cell; the cell (0, 1) has attention only, (0, 0) both, the rest neither.
        float[] map = new float[Square.CellCount];
        Draw(map, 0, 0);
        Draw(map, 0, 1);
        EvidenceMaps maps = EvidenceMaps.Of(new ModelHeatmap(Square, map), Gain((0, 0, 1.0)), 0.01);

        ModelHeatmap joined = maps.Join(Recipe, Cells);

        double low = Math.Pow(1 / (1 + Math.Exp(5)), 0.7);
        double middle = Math.Pow(1 / (1 + Math.Exp(5 - 4)), 0.7);
        double high = Math.Pow(1 / (1 + Math.Exp(5 - 12)), 0.7);
        Assert.Equal(1, joined.Values[0]);
        Assert.Equal((middle - low) / (high - low), joined.Values[1], 5);
        Assert.Equal(0, joined.Values[^1]);
    }

    [Fact]
    public void Score_MatchedFilterUnderTheAttention_IsAOverRootC()
    {
        PredictionGain gain = PredictionGain.Zero(Cells);
        gain.Agreement[(2 * 8) + 3] = 3;
        gain.Change[(2 * 8) + 3] = 4;
        gain.Agreement[0] = 100; // where nobody looks

        Assert.Equal(1.5, EvidenceMaps.Score(Attention(2, 3), gain), 6);
        Assert.Equal(0, EvidenceMaps.Score(Attention(2, 3), PredictionGain.Zero(Cells)));
        Assert.Equal(0, EvidenceMaps.Score(new ModelHeatmap(Square, new float[Square.CellCount]), gain));
    }

    private static ModelHeatmap Attention(int row, int column)
    {
        float[] map = new float[Square.CellCount];
        Draw(map, row, column);
        return new ModelHeatmap(Square, map);
    }

    private static void Draw(float[] map, int row, int column)
    {
        for (int y = 2 * row; y < 2 * (row + 1); y++)
        {
            map.AsSpan((y * 24) + (3 * column), 3).Fill(1);
        }
    }

    private static PredictionGain Gain(params (int Row, int Column, double Value)[] cells)
    {
        PredictionGain gain = PredictionGain.Zero(Cells);
        foreach ((int row, int column, double value) in cells)
        {
            gain.Agreement[(row * 8) + column] = value / 2;
        }

        return gain;
    }
}
