using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// Otsu's threshold (Otsu 1979) as scikit-image computes it: 256 bins over [min, max], the threshold being a bin's centre.
/// </summary>
public static class OtsuThreshold
{
    /// <summary>Number of histogram bins.</summary>
    public const int BinCount = 256;

    // Values whose bins are found at once.
    private const int Block = 512;

    /// <summary>The centre of the bin that maximises the variance between the two classes; the first such bin.</summary>
    /// <param name="map">At least one value, no NaN.</param>
    /// <returns>
    /// The threshold; pixels strictly above it are foreground. For a constant map the constant itself (so nothing is foreground).
    /// </returns>
    /// <exception cref="ArgumentException">The map is empty.</exception>
    public static float Of(ReadOnlySpan<float> map)
    {
        (float minimum, float maximum) = MapRange.Of(map);
        return Of(map, minimum, maximum);
    }

    /// <summary>The same for a map whose smallest and largest values are known.</summary>
    internal static float Of(ReadOnlySpan<float> map, float minimum, float maximum)
    {
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
        int[] counts = Histogram(map, minimum, maximum, edges);

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
        int i = 0;
        Vector<float> least = new(threshold);
        for (; i <= map.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> values = new(map[i..]);
            Vector.ConditionalSelect(Vector.GreaterThan(values, least), values, Vector<float>.Zero).CopyTo(map[i..]);
        }

        for (; i < map.Length; i++)
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
    private static int[] Histogram(ReadOnlySpan<float> map, float minimum, float maximum, ReadOnlySpan<float> edges)
    {
        // Neighbours often lie in one bin, and an addition would wait for the one before it: four histograms in turns.
        int[] counts = new int[4 * BinCount];
        Span<int> bins = stackalloc int[Block];
        // Times a power of two is exact, and so are these edges: after a min-max nothing has to be corrected.
        bool exact = minimum == 0 && maximum == 1;
        for (int start = 0; start < map.Length; start += Block)
        {
            ReadOnlySpan<float> values = map.Slice(start, Math.Min(Block, map.Length - start));
            Bins(values, minimum, maximum, bins);
            if (!exact)
            {
                Correct(values, edges, bins);
            }

            Count(bins[..values.Length], counts);
        }

        for (int i = 0; i < BinCount; i++)
        {
            counts[i] += counts[BinCount + i] + counts[(2 * BinCount) + i] + counts[(3 * BinCount) + i];
        }

        return counts;
    }

    /// <summary>The bin of each value, up to rounding.</summary>
    private static void Bins(ReadOnlySpan<float> values, float minimum, float maximum, Span<int> bins)
    {
        float scale = BinCount / (maximum - minimum);
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<int> bin = Vector.ConvertToInt32Native((new Vector<float>(values[i..]) - new Vector<float>(minimum)) * scale);
            Vector.Min(Vector.Max(bin, Vector<int>.Zero), new Vector<int>(BinCount - 1)).CopyTo(bins[i..]);
        }

        for (; i < values.Length; i++)
        {
            bins[i] = Math.Clamp((int)((values[i] - minimum) * scale), 0, BinCount - 1);
        }
    }

    /// <summary>Counts into four histograms in turns; every bin lies in [0, BinCount), which is not checked again.</summary>
    private static void Count(ReadOnlySpan<int> bins, int[] counts)
    {
        ref int first = ref MemoryMarshal.GetArrayDataReference(counts);
        ref int second = ref Unsafe.Add(ref first, BinCount);
        ref int third = ref Unsafe.Add(ref second, BinCount);
        ref int fourth = ref Unsafe.Add(ref third, BinCount);
        int i = 0;
        for (; i <= bins.Length - 4; i += 4)
        {
            Unsafe.Add(ref first, bins[i])++;
            Unsafe.Add(ref second, bins[i + 1])++;
            Unsafe.Add(ref third, bins[i + 2])++;
            Unsafe.Add(ref fourth, bins[i + 3])++;
        }

        for (; i < bins.Length; i++)
        {
            Unsafe.Add(ref first, bins[i])++;
        }
    }

    private static void Correct(ReadOnlySpan<float> values, ReadOnlySpan<float> edges, Span<int> bins)
    {
        for (int i = 0; i < values.Length; i++)
        {
            int bin = bins[i];
            if (values[i] < edges[bin])
            {
                bins[i] = Math.Max(bin - 1, 0);
            }
            else if (bin < BinCount - 1 && values[i] >= edges[bin + 1])
            {
                bins[i] = bin + 1;
            }
        }
    }
}
