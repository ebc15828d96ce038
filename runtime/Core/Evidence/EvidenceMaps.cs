using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Core.Evidence;

/// <summary>
/// Two maps of one phrase on the latents' grid, ready to be joined: where the phrase's attention lies, and where the U-Net predicts the
/// image's noise better with the phrase than without.
/// </summary>
/// <remarks>
/// The second is the log likelihood ratio of a diffusion classifier (Li et al. 2023, arXiv:2303.16203), cell by cell. Ours, beyond the
/// papers: attention follows the words, the ratio follows the image (docs/evidence.md).
/// </remarks>
public sealed class EvidenceMaps
{
    /// <summary>Maps that were prepared before: of <see cref="Attention"/> and <see cref="Gain"/>.</summary>
    /// <param name="grid">Size of the latents.</param>
    /// <param name="attention">The attention, [Rows, Columns] row-major.</param>
    /// <param name="gain">The gain, in the same way.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public EvidenceMaps(GridSize grid, float[] attention, float[] gain)
    {
        if (attention.Length != grid.CellCount || gain.Length != grid.CellCount)
        {
            throw new ArgumentException($"maps of {attention.Length} and {gain.Length} values, {grid} has {grid.CellCount}", nameof(grid));
        }

        Grid = grid;
        Attention = attention;
        Gain = gain;
        Both = [.. attention.Zip(gain, (a, g) => MathF.Sqrt(Math.Max(0, a) * g))];
    }

    /// <summary>Size of the latents.</summary>
    public GridSize Grid { get; }

    /// <summary>The attention heatmap, averaged over each cell and smoothed; in [0, 1], [Rows, Columns] row-major.</summary>
    public IReadOnlyList<float> Attention { get; }

    /// <summary>The gain 2 a - c, smoothed, negative values 0, the largest 1; zero where the phrase helps nowhere.</summary>
    public IReadOnlyList<float> Gain { get; }

    /// <summary>Geometric mean of the two, cell by cell.</summary>
    public IReadOnlyList<float> Both { get; }

    /// <summary>Prepares the maps of a phrase.</summary>
    /// <param name="attention">The phrase's attention heatmap on the model's square, a whole multiple of the gain's grid.</param>
    /// <param name="gain">What the phrase does to the prediction.</param>
    /// <param name="smoothing">See <see cref="EvidenceRecipe.Smoothing"/>.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static EvidenceMaps Of(ModelHeatmap attention, PredictionGain gain, double smoothing)
    {
        GridSize grid = gain.Grid;
        GaussianFilter filter = new(smoothing * Math.Max(grid.Rows, grid.Columns));
        float[] place = CellMeans(attention, grid);
        filter.Apply(place, grid);
        float[] fall = new float[grid.CellCount];
        for (int i = 0; i < fall.Length; i++)
        {
            fall[i] = (float)((2 * gain.Agreement[i]) - gain.Change[i]);
        }

        filter.Apply(fall, grid);
        float largest = fall.Max();
        for (int i = 0; i < fall.Length; i++)
        {
            fall[i] = largest > 0 ? Math.Max(0, fall[i]) / largest : 0;
        }

        return new EvidenceMaps(grid, place, fall);
    }

    /// <summary>The finished evidence map.</summary>
    /// <param name="recipe">What joins the maps.</param>
    /// <param name="target">Size of the model's square.</param>
    /// <returns>The probability of each cell to the recipe's power, enlarged bilinearly, min-max to [0, 1].</returns>
    public ModelHeatmap Join(EvidenceRecipe recipe, GridSize target)
    {
        float[] cells = new float[Grid.CellCount];
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = (float)Math.Pow(recipe.Weights.Probability(Attention[i], Gain[i], Both[i]), recipe.Exponent);
        }

        float[] map = new float[target.CellCount];
        BilinearResampler.Resize(cells, Grid, map, target);
        return new ModelHeatmap(target, map) { IsConstant = !MapRange.Normalize(map) };
    }

    /// <summary>
    /// How much the image speaks for the phrase where its attention lies, before anything is scaled: the matched filter a / sqrt(c), with
    /// agreement a and change c averaged under the attention. Compares phrases on one image; it is no probability.
    /// </summary>
    /// <param name="attention">The phrase's attention heatmap.</param>
    /// <param name="gain">What the phrase does to the prediction.</param>
    /// <returns>0 for a phrase that changes nothing or is attended to nowhere.</returns>
    public static double Score(ModelHeatmap attention, PredictionGain gain)
    {
        float[] place = CellMeans(attention, gain.Grid);
        (double agreement, double change, double total) = (0, 0, 0);
        for (int i = 0; i < place.Length; i++)
        {
            agreement += place[i] * gain.Agreement[i];
            change += place[i] * gain.Change[i];
            total += place[i];
        }

        return change > 0 && total > 0 ? agreement / Math.Sqrt(change * total) : 0;
    }

    /// <summary>The mean of a map over each cell of a coarser grid.</summary>
    /// <param name="map">A map on the model's square, a whole multiple of the grid.</param>
    /// <param name="grid">The coarser grid.</param>
    /// <returns>[Rows, Columns], row-major.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static float[] CellMeans(ModelHeatmap map, GridSize grid)
    {
        (int rows, int columns) = (map.Grid.Rows / grid.Rows, map.Grid.Columns / grid.Columns);
        if (rows < 1 || columns < 1 || rows * grid.Rows != map.Grid.Rows || columns * grid.Columns != map.Grid.Columns)
        {
            throw new ArgumentException($"a heatmap of {map.Grid} cannot be averaged over the cells of {grid}", nameof(map));
        }

        float[] means = new float[grid.CellCount];
        for (int y = 0; y < map.Grid.Rows; y++)
        {
            for (int x = 0; x < map.Grid.Columns; x++)
            {
                means[(y / rows * grid.Columns) + (x / columns)] += map.Values[(y * map.Grid.Columns) + x];
            }
        }

        for (int i = 0; i < means.Length; i++)
        {
            means[i] /= rows * columns;
        }

        return means;
    }
}
