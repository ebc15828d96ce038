using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>Weights of a map's cells in the mean of an error: sum(h * error) / sum(h).</summary>
public static class CellWeights
{
    /// <summary>A heatmap on the grid of the latents: the mean of each cell's pixels.</summary>
    /// <param name="heatmap">On the model's square.</param>
    /// <param name="grid">Size of the latents; divides the heatmap's.</param>
    /// <returns>float32 [h, w].</returns>
    public static float[] Of(ModelHeatmap heatmap, GridSize grid)
    {
        int down = heatmap.Grid.Rows / grid.Rows;
        int right = heatmap.Grid.Columns / grid.Columns;
        float[] weights = new float[grid.CellCount];
        for (int i = 0; i < heatmap.Values.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, heatmap.Grid.Columns);
            weights[(row / down * grid.Columns) + (column / right)] += heatmap.Values[i] / (down * right);
        }

        return weights;
    }

    /// <summary>1 in the cells that boxes touch, 0 elsewhere; all 0 where every box lies outside the field of view.</summary>
    /// <param name="boxes">In original pixels.</param>
    /// <param name="transform">Original image to model's square.</param>
    /// <param name="grid">Size of the latents.</param>
    public static float[] Of(IEnumerable<PixelBox> boxes, ImageTransform transform, GridSize grid)
    {
        float[] weights = new float[grid.CellCount];
        double cellWidth = transform.ModelSize / (double)grid.Columns;
        double cellHeight = transform.ModelSize / (double)grid.Rows;
        foreach (ModelBox box in boxes.Select(transform.ToModel))
        {
            for (int i = 0; i < weights.Length; i++)
            {
                (int row, int column) = Math.DivRem(i, grid.Columns);
                bool touches =
                    box.X < (column + 1) * cellWidth
                    && box.X + box.Width > column * cellWidth
                    && box.Y < (row + 1) * cellHeight
                    && box.Y + box.Height > row * cellHeight;
                weights[i] = touches ? 1 : weights[i];
            }
        }

        return weights;
    }

    /// <summary>The weighted mean of an error map; null where the weights are all zero.</summary>
    /// <param name="error">float32 [h, w].</param>
    /// <param name="weights">The same size; null: all cells alike.</param>
    public static double? Mean(float[] error, float[]? weights)
    {
        if (weights is null)
        {
            return error.Average(value => (double)value);
        }

        double sum = 0;
        double total = 0;
        for (int i = 0; i < error.Length; i++)
        {
            sum += (double)weights[i] * error[i];
            total += weights[i];
        }

        return total > 0 ? sum / total : null;
    }
}
