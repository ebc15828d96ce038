using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Atlas;

/// <summary>Draws Gaussians on a grid.</summary>
public static class GaussianMap
{
    /// <summary>The map of one or several Gaussians, sampled at the centres of the cells.</summary>
    /// <param name="gaussians">On the 512 grid; at least one.</param>
    /// <param name="grid">Size of the map; it covers the whole 512 grid whatever its size.</param>
    /// <param name="scale">Height of each Gaussian.</param>
    /// <param name="combination">What becomes of several.</param>
    /// <returns>float32 [Rows, Columns], row-major; a new array.</returns>
    /// <exception cref="ArgumentException">There is no Gaussian, or one has a standard deviation that is not positive.</exception>
    public static float[] Render(
        IReadOnlyList<LocationGaussian> gaussians,
        GridSize grid,
        GaussianScale scale = GaussianScale.Peak,
        GaussianCombination combination = GaussianCombination.Max
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(gaussians.Count);
        foreach (LocationGaussian gaussian in gaussians)
        {
            if (!(gaussian.SigmaX > 0 && gaussian.SigmaY > 0))
            {
                throw new ArgumentException($"{gaussian}: standard deviations must be positive", nameof(gaussians));
            }
        }

        double cellWidth = LocationGaussian.GridSide / grid.Columns;
        double cellHeight = LocationGaussian.GridSide / grid.Rows;
        double[] sum = new double[grid.CellCount];
        foreach (LocationGaussian gaussian in gaussians)
        {
            double density = 1 / (2 * Math.PI * gaussian.SigmaX * gaussian.SigmaY);
            double height = scale switch
            {
                GaussianScale.Peak => 1,
                GaussianScale.DensityGrid => density * cellWidth * cellHeight,
                _ => density,
            };

            // A Gaussian without correlation is the product of one in x and one in y.
            double[] along = Profile(gaussian.MuX, gaussian.SigmaX, grid.Columns, cellWidth);
            double[] down = Profile(gaussian.MuY, gaussian.SigmaY, grid.Rows, cellHeight);
            for (int i = 0; i < sum.Length; i++)
            {
                double value = height * down[i / grid.Columns] * along[i % grid.Columns];
                sum[i] = combination == GaussianCombination.Max ? Math.Max(sum[i], value) : sum[i] + value;
            }
        }

        double divisor = combination == GaussianCombination.Mean ? gaussians.Count : 1;
        return Array.ConvertAll(sum, value => (float)(value / divisor));
    }

    private static double[] Profile(double mu, double sigma, int cells, double cellSize)
    {
        double[] profile = new double[cells];
        for (int i = 0; i < cells; i++)
        {
            double distance = (((i + 0.5) * cellSize) - mu) / sigma;
            profile[i] = Math.Exp(-0.5 * distance * distance);
        }

        return profile;
    }
}
