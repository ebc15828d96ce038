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
        if (map.Length >= Vector<float>.Count)
        {
            Vector<float> least = new(map);
            Vector<float> largest = least;
            Vector<float> sum = least;
            for (; i <= map.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> values = new(map[i..]);
                least = Vector.Min(least, values);
                largest = Vector.Max(largest, values);
                sum += values;
            }

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
