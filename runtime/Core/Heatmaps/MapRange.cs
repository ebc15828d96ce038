using System.Numerics;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>Min-max normalisation of maps.</summary>
public static class MapRange
{
    /// <summary>Maps the values linearly so that the smallest becomes 0 and the largest 1, in place.</summary>
    /// <param name="map">Values of one map.</param>
    /// <returns>
    /// False where all values are equal: there the formula is 0/0, and the map becomes all zero. The reference gets NaN, which then spreads
    /// through every mean; a zero map says "nothing stands out" and leaves the other maps of the mean alone. Callers report it.
    /// </returns>
    /// <exception cref="ArgumentException">The map is empty or holds NaN or infinity.</exception>
    public static bool Normalize(Span<float> map)
    {
        (float minimum, float maximum) = Of(map);
        return Normalize(map, minimum, maximum);
    }

    /// <summary>The same for a map whose smallest and largest values are known.</summary>
    internal static bool Normalize(Span<float> map, float minimum, float maximum)
    {
        float range = maximum - minimum;
        if (!float.IsFinite(range))
        {
            throw new ArgumentException("the map holds values that are not finite numbers", nameof(map));
        }

        if (range == 0)
        {
            map.Clear();
            return false;
        }

        int i = 0;
        for (; i <= map.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            ((new Vector<float>(map[i..]) - new Vector<float>(minimum)) / range).CopyTo(map[i..]);
        }

        for (; i < map.Length; i++)
        {
            map[i] = (map[i] - minimum) / range;
        }

        return true;
    }

    /// <summary>Smallest and largest value.</summary>
    /// <param name="map">At least one value.</param>
    /// <exception cref="ArgumentException">The map is empty.</exception>
    public static (float Minimum, float Maximum) Of(ReadOnlySpan<float> map)
    {
        if (map.IsEmpty)
        {
            throw new ArgumentException("the map has no values", nameof(map));
        }

        float minimum = float.PositiveInfinity;
        float maximum = float.NegativeInfinity;
        int i = 0;
        if (map.Length >= 4 * Vector<float>.Count)
        {
            // Four vectors at once: their comparisons do not wait for each other.
            Vector<float> least = new(map);
            Vector<float> least1 = least;
            Vector<float> least2 = least;
            Vector<float> least3 = least;
            Vector<float> largest = least;
            Vector<float> largest1 = least;
            Vector<float> largest2 = least;
            Vector<float> largest3 = least;
            Vector<float> sum = Vector<float>.Zero;
            Vector<float> sum1 = Vector<float>.Zero;
            for (; i <= map.Length - (4 * Vector<float>.Count); i += 4 * Vector<float>.Count)
            {
                Vector<float> values = new(map[i..]);
                Vector<float> values1 = new(map[(i + Vector<float>.Count)..]);
                Vector<float> values2 = new(map[(i + (2 * Vector<float>.Count))..]);
                Vector<float> values3 = new(map[(i + (3 * Vector<float>.Count))..]);
                least = Vector.Min(least, values);
                least1 = Vector.Min(least1, values1);
                least2 = Vector.Min(least2, values2);
                least3 = Vector.Min(least3, values3);
                largest = Vector.Max(largest, values);
                largest1 = Vector.Max(largest1, values1);
                largest2 = Vector.Max(largest2, values2);
                largest3 = Vector.Max(largest3, values3);
                sum += values + values1;
                sum1 += values2 + values3;
            }

            least = Vector.Min(Vector.Min(least, least1), Vector.Min(least2, least3));
            largest = Vector.Max(Vector.Max(largest, largest1), Vector.Max(largest2, largest3));
            sum += sum1;
            if (float.IsNaN(Vector.Sum(sum)))
            {
                // NaN, or infinities of both signs: which lanes keep a NaN is the processor's choice, so one by one.
                i = 0;
            }
            else
            {
                for (int lane = 0; lane < Vector<float>.Count; lane++)
                {
                    minimum = Math.Min(minimum, least[lane]);
                    maximum = Math.Max(maximum, largest[lane]);
                }
            }
        }

        for (; i < map.Length; i++)
        {
            minimum = Math.Min(minimum, map[i]);
            maximum = Math.Max(maximum, map[i]);
        }

        return (minimum, maximum);
    }
}
