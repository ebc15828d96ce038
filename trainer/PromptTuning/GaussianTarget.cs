using CxrOnnx.Core;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>How large G is; the paper leaves it open.</summary>
public enum GaussianScale
{
    /// <summary>1 at the centre. The default: it makes alpha G comparable with attention, as the paper's ablation of alpha implies.</summary>
    Peak,

    /// <summary>Probability density per cell of the attention grid.</summary>
    DensityGrid,

    /// <summary>Probability density per pixel of the 512 grid.</summary>
    DensityPixel,
}

/// <summary>How the Gaussians of several locations become one map; the paper leaves it open.</summary>
public enum GaussianCombination
{
    /// <summary>Element-wise maximum. The default.</summary>
    Max,

    /// <summary>Sum.</summary>
    Sum,

    /// <summary>Mean.</summary>
    Mean,
}

/// <summary>Draws G, the map of where a prompt's locations are expected, on an attention grid (arXiv:2506.10633, section 3.2).</summary>
public static class GaussianTarget
{
    /// <summary>G, sampled at the cells' centres.</summary>
    /// <param name="gaussians">One per location of the prompt, at least one.</param>
    /// <param name="rows">Rows of the attention grid.</param>
    /// <param name="columns">Columns of the attention grid.</param>
    /// <param name="scale">Size of G.</param>
    /// <param name="combination">What several locations become.</param>
    /// <returns>[rows * columns], row-major.</returns>
    /// <exception cref="InputException">There is no Gaussian, or one has a standard deviation that is not positive.</exception>
    public static float[] Map(
        IReadOnlyList<TargetGaussian> gaussians,
        int rows,
        int columns,
        GaussianScale scale = GaussianScale.Peak,
        GaussianCombination combination = GaussianCombination.Max)
    {
        if (gaussians.Count == 0 || gaussians.Any(gaussian => !(gaussian.SigmaX > 0 && gaussian.SigmaY > 0)))
        {
            throw new InputException($"a target needs at least one Gaussian with positive standard deviations, got: {string.Join(", ", gaussians)}");
        }

        double cellWidth = TargetGaussian.GridSide / columns;
        double cellHeight = TargetGaussian.GridSide / rows;
        double area = scale == GaussianScale.DensityGrid ? cellWidth * cellHeight : 1;
        float[] map = new float[rows * columns];
        double[] values = new double[gaussians.Count];
        for (int i = 0; i < map.Length; i++)
        {
            double x = ((i % columns) + 0.5) * cellWidth;
            double y = ((i / columns) + 0.5) * cellHeight;
            for (int k = 0; k < values.Length; k++)
            {
                TargetGaussian gaussian = gaussians[k];
                double dx = (x - gaussian.MuX) / gaussian.SigmaX;
                double dy = (y - gaussian.MuY) / gaussian.SigmaY;
                double factor = scale == GaussianScale.Peak ? 1 : area / (2 * Math.PI * gaussian.SigmaX * gaussian.SigmaY);
                values[k] = factor * Math.Exp(-0.5 * ((dx * dx) + (dy * dy)));
            }

            map[i] = (float)(combination switch
            {
                GaussianCombination.Max => values.Max(),
                GaussianCombination.Sum => values.Sum(),
                _ => values.Average(),
            });
        }

        return map;
    }
}
