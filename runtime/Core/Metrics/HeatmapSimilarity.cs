namespace CxrOnnx.Core.Metrics;

/// <summary>How alike two heatmaps are.</summary>
public static class HeatmapSimilarity
{
    /// <summary>Pearson's correlation over the cells; NaN where one of the maps is constant.</summary>
    /// <param name="left">A map, row-major.</param>
    /// <param name="right">Another of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static double Correlation(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"maps of {left.Length} and {right.Length} cells");
        }

        double leftMean = 0,
            rightMean = 0;
        for (int i = 0; i < left.Length; i++)
        {
            leftMean += left[i];
            rightMean += right[i];
        }

        leftMean /= left.Length;
        rightMean /= left.Length;
        double product = 0,
            leftSquare = 0,
            rightSquare = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double a = left[i] - leftMean;
            double b = right[i] - rightMean;
            product += a * b;
            leftSquare += a * a;
            rightSquare += b * b;
        }

        return product / Math.Sqrt(leftSquare * rightSquare);
    }

    /// <summary>Largest absolute difference.</summary>
    public static double MaxAbs(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"maps of {left.Length} and {right.Length} cells");
        }

        double largest = 0;
        for (int i = 0; i < left.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)left[i] - right[i]));
        }

        return largest;
    }
}
