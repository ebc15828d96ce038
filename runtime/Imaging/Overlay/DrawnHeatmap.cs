namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// A heatmap as it is drawn: interpolated between the centres of the model's cells, whose values it keeps. For pictures only; numbers are
/// taken from the map itself.
/// </summary>
/// <remarks>
/// Keys 1981, cubic convolution with a = -1/2: without the creases that linear interpolation has along the lines between the centres.
/// </remarks>
internal static class DrawnHeatmap
{
    private const int Taps = 4;

    /// <summary>Interpolates. Enlarging by repetition made each cell a square of equal pixels.</summary>
    /// <param name="map">float32 [H, W], row-major; NaN stays NaN: what the model did not see is not drawn over.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="cell">Side of a cell in pixels; at most 1: the map as it is.</param>
    public static float[] Of(ReadOnlySpan<float> map, int width, int height, double cell)
    {
        float[] drawn = map.ToArray();
        if (!(cell > 1) || Extent(map, width, height) is not { } seen)
        {
            return drawn;
        }

        Axis across = new(seen.Left, seen.Right, cell);
        Axis down = new(seen.Top, seen.Bottom, cell);
        float[] cells = new float[across.Count * down.Count];
        for (int row = 0; row < down.Count; row++)
        {
            for (int column = 0; column < across.Count; column++)
            {
                cells[(row * across.Count) + column] = map[(down.Centre(row) * width) + across.Centre(column)];
            }
        }

        Tap[] columns = [.. Enumerable.Range(0, width).Select(across.At)];
        for (int y = seen.Top; y < seen.Bottom; y++)
        {
            Tap row = down.At(y);
            for (int x = seen.Left; x < seen.Right; x++)
            {
                float value = Cubic(cells, across, down, columns[x], row);
                if (!float.IsNaN(value) && !float.IsNaN(drawn[(y * width) + x]))
                {
                    // The cubic overshoots beside steep edges.
                    drawn[(y * width) + x] = Math.Clamp(value, 0f, 1f);
                }
            }
        }

        return drawn;
    }

    private static float Cubic(float[] cells, Axis across, Axis down, Tap column, Tap row)
    {
        double sum = 0;
        for (int j = 0; j < Taps; j++)
        {
            int start = down.Within(row.First + j) * across.Count;
            double line = 0;
            for (int i = 0; i < Taps; i++)
            {
                line += column.Weight(i) * cells[start + across.Within(column.First + i)];
            }

            sum += row.Weight(j) * line;
        }

        return (float)sum;
    }

    /// <summary>The pixels that are not NaN: the model's field of view; null where there are none.</summary>
    private static (int Left, int Top, int Right, int Bottom)? Extent(ReadOnlySpan<float> map, int width, int height)
    {
        (int left, int top, int right, int bottom) = (width, height, 0, 0);
        for (int i = 0; i < map.Length; i++)
        {
            if (!float.IsNaN(map[i]))
            {
                (int y, int x) = Math.DivRem(i, width);
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            }
        }

        return right > left ? (left, top, right, bottom) : null;
    }

    /// <summary>The cells along one side of the field of view [from, to), in pixels.</summary>
    private sealed class Axis(int from, int to, double cell)
    {
        private readonly double _cell = (to - from) / Math.Max(1, Math.Round((to - from) / cell));

        public int Count { get; } = (int)Math.Max(1, Math.Round((to - from) / cell));

        /// <summary>The pixel at the centre of a cell.</summary>
        public int Centre(int index) => Math.Clamp((int)(from + ((index + 0.5) * _cell)), from, to - 1);

        /// <summary>Beyond the last cell its value goes on.</summary>
        public int Within(int index) => Math.Clamp(index, 0, Count - 1);

        public Tap At(int pixel)
        {
            double position = ((pixel + 0.5 - from) / _cell) - 0.5;
            int below = (int)Math.Floor(position);
            return new Tap(below - 1, position - below);
        }
    }

    /// <summary>Four neighbouring cells, and where between the middle two a pixel lies.</summary>
    private readonly record struct Tap(int First, double Share)
    {
        public double Weight(int index)
        {
            double t = Share;
            return index switch
            {
                0 => 0.5 * t * (-1 + (t * (2 - t))),
                1 => 1 + (0.5 * t * t * (-5 + (3 * t))),
                2 => 0.5 * t * (1 + (t * (4 - (3 * t)))),
                _ => 0.5 * t * t * (-1 + t),
            };
        }
    }
}
