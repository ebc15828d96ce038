namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// Otsu's threshold (Otsu 1979) as scikit-image computes it: 256 bins over [min, max], the threshold being a bin's centre.
/// </summary>
public static class OtsuThreshold
{
    /// <summary>Number of histogram bins.</summary>
    public const int BinCount = 256;

    /// <summary>The centre of the bin that maximises the variance between the two classes; the first such bin.</summary>
    /// <param name="map">At least one value, no NaN.</param>
    /// <returns>
    /// The threshold; pixels strictly above it are foreground. For a constant map the constant itself (so nothing is foreground).
    /// </returns>
    /// <exception cref="ArgumentException">The map is empty.</exception>
    public static float Of(ReadOnlySpan<float> map)
    {
        (float minimum, float maximum) = MapRange.Of(map);
        if (!(maximum > minimum))
        {
            return minimum;
        }

        float[] edges = new float[BinCount + 1];
        for (int i = 0; i <= BinCount; i++)
        {
            edges[i] = (float)(minimum + (((double)maximum - minimum) * i / BinCount));
        }

        edges[BinCount] = maximum;
        long[] counts = Histogram(map, minimum, maximum, edges);

        double[] centers = new double[BinCount];
        double total = 0;
        double moment = 0;
        for (int i = 0; i < BinCount; i++)
        {
            centers[i] = (edges[i] + edges[i + 1]) / 2;
            total += counts[i];
            moment += counts[i] * centers[i];
        }

        int best = 0;
        double bestVariance = double.NegativeInfinity;
        double below = 0;
        double belowMoment = 0;
        for (int i = 0; i < BinCount - 1; i++)
        {
            below += counts[i];
            belowMoment += counts[i] * centers[i];
            double above = total - below;
            double difference = (belowMoment / below) - ((moment - belowMoment) / above);
            double variance = below * above * difference * difference;
            if (variance > bestVariance)
            {
                best = i;
                bestVariance = variance;
            }
        }

        return (float)centers[best];
    }

    /// <summary>Sets everything that is not strictly above the threshold to zero.</summary>
    /// <param name="map">Map, changed in place.</param>
    /// <param name="threshold">Threshold in the map's units.</param>
    public static void Mask(Span<float> map, float threshold)
    {
        for (int i = 0; i < map.Length; i++)
        {
            if (!(map[i] > threshold))
            {
                map[i] = 0;
            }
        }
    }

    /// <summary>
    /// Counts per bin; the last bin includes its upper edge, and rounding is corrected by comparing with the edges, as numpy does.
    /// </summary>
    private static long[] Histogram(ReadOnlySpan<float> map, float minimum, float maximum, ReadOnlySpan<float> edges)
    {
        long[] counts = new long[BinCount];
        float scale = BinCount / (maximum - minimum);
        foreach (float value in map)
        {
            int bin = Math.Clamp((int)((value - minimum) * scale), 0, BinCount - 1);
            if (value < edges[bin])
            {
                bin = Math.Max(bin - 1, 0);
            }
            else if (bin < BinCount - 1 && value >= edges[bin + 1])
            {
                bin++;
            }

            counts[bin]++;
        }

        return counts;
    }
}
