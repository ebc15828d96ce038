namespace CxrOnnx.Trainer.Attention;

/// <summary>
/// Bimodal Bias Merging: an activation map, corrected by what the image does to the attention without the words and the words without the
/// image. Nützel et al., Generate to Ground, MIDL 2025, arXiv:2507.12236, as its public code computes it (docs/papers.md).
/// </summary>
public static class BimodalBiasMerging
{
    /// <summary>Side of the window of the structural similarity, in cells; a smaller map is one window.</summary>
    private const int Window = 7;

    /// <summary>Merges.</summary>
    /// <param name="activation">Mean attention of the phrase's own tokens on the image: a map [side x side] per step and layer.</param>
    /// <param name="imageBias">The attention of BoS on the image, in the same order.</param>
    /// <param name="textBias">The attention of the phrase's own tokens while its image is made from noise, in the same order.</param>
    /// <param name="side">Cells per side, the same for all maps.</param>
    /// <returns>[side x side], row-major; in [0, 1.5].</returns>
    /// <exception cref="ArgumentException">Numbers of maps or cells do not fit.</exception>
    public static float[] Merge(
        IReadOnlyList<float[]> activation,
        IReadOnlyList<float[]> imageBias,
        IReadOnlyList<float[]> textBias,
        int side
    )
    {
        if (activation.Count == 0 || imageBias.Count != activation.Count || textBias.Count != activation.Count)
        {
            throw new ArgumentException(
                $"{activation.Count} activation maps, {imageBias.Count} of the image and {textBias.Count} of the text: wanted equal numbers"
            );
        }

        if (activation.Concat(imageBias).Concat(textBias).Any(map => map.Length != side * side))
        {
            throw new ArgumentException($"a map has not {side} x {side} cells");
        }

        double[] product = new double[side * side];
        for (int k = 0; k < imageBias.Count; k++)
        {
            AddProduct(product, imageBias[k], textBias[k], side);
        }

        double[] a = Scaled(Mean(activation));
        double[] m = Scaled(product);
        double s = Math.Max(0, Similarity(EightBits(Mean(imageBias)), EightBits(Mean(textBias)), side));
        float[] merged = new float[a.Length];
        for (int i = 0; i < merged.Length; i++)
        {
            merged[i] = (float)(((1 - s) * (1 - s) * a[i]) + (s * s * m[i]) + (s * (1 - s) * (a[i] + m[i] + (a[i] * m[i]))));
        }

        return merged;
    }

    /// <summary>
    /// Mean structural similarity of two maps of bytes (Wang et al. 2004): uniform windows, sample covariance, K1 0.01, K2 0.03, only
    /// windows that lie inside, as scikit-image computes it by default.
    /// </summary>
    internal static double Similarity(double[] x, double[] y, int side)
    {
        const double C1 = 0.01 * 255 * 0.01 * 255;
        const double C2 = 0.03 * 255 * 0.03 * 255;
        int window = Math.Min(Window, side);
        double n = window * window;
        double sum = 0;
        int places = side - window + 1;
        for (int row = 0; row < places; row++)
        {
            for (int column = 0; column < places; column++)
            {
                double sx = 0,
                    sy = 0,
                    sxx = 0,
                    syy = 0,
                    sxy = 0;
                for (int i = 0; i < window * window; i++)
                {
                    int at = ((row + (i / window)) * side) + column + (i % window);
                    sx += x[at];
                    sy += y[at];
                    sxx += x[at] * x[at];
                    syy += y[at] * y[at];
                    sxy += x[at] * y[at];
                }

                double mx = sx / n,
                    my = sy / n;
                double vx = (sxx - (n * mx * mx)) / (n - 1),
                    vy = (syy - (n * my * my)) / (n - 1),
                    vxy = (sxy - (n * mx * my)) / (n - 1);
                sum += ((2 * mx * my) + C1) * ((2 * vxy) + C2) / (((mx * mx) + (my * my) + C1) * (vx + vy + C2));
            }
        }

        return sum / (places * places);
    }

    /// <summary>The product of two maps as matrices: rows of the image's bias by columns of the text's.</summary>
    private static void AddProduct(double[] sum, float[] image, float[] text, int side)
    {
        for (int row = 0; row < side; row++)
        {
            for (int k = 0; k < side; k++)
            {
                double factor = image[(row * side) + k];
                for (int column = 0; column < side; column++)
                {
                    sum[(row * side) + column] += factor * text[(k * side) + column];
                }
            }
        }
    }

    private static double[] Mean(IReadOnlyList<float[]> maps)
    {
        double[] mean = new double[maps[0].Length];
        foreach (float[] map in maps)
        {
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] += map[i] / maps.Count;
            }
        }

        return mean;
    }

    /// <summary>Min-max; a constant map says nothing and becomes 0.</summary>
    private static double[] Scaled(double[] map)
    {
        double least = map.Min();
        double range = map.Max() - least;
        return [.. map.Select(value => range > 0 ? (value - least) / range : 0)];
    }

    private static double[] EightBits(double[] map) => [.. Scaled(map).Select(value => Math.Floor(255 * value))];
}
