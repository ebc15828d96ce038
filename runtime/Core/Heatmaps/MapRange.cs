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

        for (int i = 0; i < map.Length; i++)
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
        foreach (float value in map)
        {
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }

        return (minimum, maximum);
    }
}
