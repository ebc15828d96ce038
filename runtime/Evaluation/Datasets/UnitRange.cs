namespace CxrOnnx.Evaluation.Datasets;

/// <summary>Brings maps of any scale to the one that thresholds are meant for.</summary>
internal static class UnitRange
{
    /// <summary>Maps the numbers that are not NaN linearly to [0,1], in place; a constant map becomes 0.</summary>
    public static void Normalize(Span<float> map)
    {
        float minimum = float.PositiveInfinity;
        float maximum = float.NegativeInfinity;
        foreach (float value in map)
        {
            // Comparisons with NaN are false.
            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }

        float range = maximum - minimum;
        foreach (ref float value in map)
        {
            value =
                float.IsNaN(value) ? float.NaN
                : range > 0 ? (value - minimum) / range
                : 0;
        }
    }
}
