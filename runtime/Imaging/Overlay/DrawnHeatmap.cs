namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// A heatmap as it is drawn: interpolated between the centres of the model's cells, whose values it keeps. For pictures only; numbers are
/// taken from the map itself.
/// </summary>
internal static class DrawnHeatmap
{
    /// <summary>
    /// Interpolates. Enlarging by repetition made each cell a square of equal pixels; the mean over a window of a cell's size is the linear
    /// interpolation between the cells' centres.
    /// </summary>
    /// <param name="map">float32 [H, W], row-major; NaN stays NaN and counts for nothing.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="cell">Side of a cell in pixels; at most 1: the map as it is.</param>
    public static float[] Of(ReadOnlySpan<float> map, int width, int height, double cell)
    {
        int side = (int)Math.Round(cell);
        if (side <= 1)
        {
            return map.ToArray();
        }

        float[] rows = new float[map.Length];
        for (int y = 0; y < height; y++)
        {
            Filter(map, rows, y * width, 1, width, side);
        }

        float[] result = new float[map.Length];
        for (int x = 0; x < width; x++)
        {
            Filter(rows, result, x, width, height, side);
        }

        return result;
    }

    /// <summary>Mean over a centred window; an even one has half weights at its ends.</summary>
    private static void Filter(ReadOnlySpan<float> source, Span<float> target, int start, int stride, int count, int side)
    {
        int reach = side / 2;
        float end = side % 2 == 0 ? 0.5f : 1f;
        double[] sums = new double[count + 1];
        int[] known = new int[count + 1];
        for (int i = 0; i < count; i++)
        {
            float value = source[start + (i * stride)];
            bool isKnown = !float.IsNaN(value);
            sums[i + 1] = sums[i] + (isKnown ? value : 0);
            known[i + 1] = known[i] + (isKnown ? 1 : 0);
        }

        for (int i = 0; i < count; i++)
        {
            if (float.IsNaN(source[start + (i * stride)]))
            {
                target[start + (i * stride)] = float.NaN;
                continue;
            }

            // The inner part whole, then the ends.
            int first = Math.Max(0, i - reach + 1);
            int last = Math.Min(count - 1, i + reach - 1);
            double sum = sums[last + 1] - sums[first];
            double weight = known[last + 1] - known[first];
            foreach (int at in (ReadOnlySpan<int>)[i - reach, i + reach])
            {
                if (at >= 0 && at < count && !float.IsNaN(source[start + (at * stride)]))
                {
                    sum += end * source[start + (at * stride)];
                    weight += end;
                }
            }

            target[start + (i * stride)] = (float)(sum / weight);
        }
    }
}
