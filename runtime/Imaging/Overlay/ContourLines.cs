using System.Globalization;
using System.Text;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>Lines of equal strength through a map, as an SVG path.</summary>
/// <remarks>Lorensen and Cline, "Marching cubes", 1987, in two dimensions; where a cell's corners alternate, its mean decides.</remarks>
internal static class ContourLines
{
    /// <summary>The line of one level.</summary>
    /// <param name="map">float32 [H, W], row-major; NaN counts as below any level.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="level">The strength.</param>
    /// <param name="step">Pixels between the samples that are looked at, at least 1.</param>
    /// <param name="scaleX">Picture pixels per map pixel, across.</param>
    /// <param name="scaleY">The same, down.</param>
    /// <param name="left">Where the map begins in the picture.</param>
    /// <returns>Pieces of line; empty where the map does not reach the level.</returns>
    public static string Path(float[] map, int width, int height, double level, int step, double scaleX, double scaleY, double left)
    {
        StringBuilder path = new();
        Span<(double X, double Y)> cuts = stackalloc (double, double)[4];
        for (int y = 0; y < height - 1; y += step)
        {
            int below = Math.Min(height - 1, y + step);
            for (int x = 0; x < width - 1; x += step)
            {
                int right = Math.Min(width - 1, x + step);
                double a = At(x, y);
                double b = At(right, y);
                double c = At(right, below);
                double d = At(x, below);
                int count = 0;
                Cut(cuts, ref count, a, b, (x, y), (right, y));
                Cut(cuts, ref count, b, c, (right, y), (right, below));
                Cut(cuts, ref count, c, d, (right, below), (x, below));
                Cut(cuts, ref count, d, a, (x, below), (x, y));
                if (count == 2)
                {
                    Add(cuts[0], cuts[1]);
                }
                else if (count == 4)
                {
                    bool joined = ((a + b + c + d) / 4 > level) == (a > level);
                    Add(cuts[0], joined ? cuts[1] : cuts[3]);
                    Add(cuts[2], joined ? cuts[3] : cuts[1]);
                }
            }
        }

        return path.ToString();

        double At(int column, int row) => map[(row * width) + column] is var value && float.IsNaN(value) ? 0 : value;

        void Cut(Span<(double X, double Y)> found, ref int count, double from, double to, (int X, int Y) start, (int X, int Y) end)
        {
            if ((from > level) != (to > level))
            {
                double share = (level - from) / (to - from);
                found[count++] = (start.X + (share * (end.X - start.X)), start.Y + (share * (end.Y - start.Y)));
            }
        }

        void Add((double X, double Y) from, (double X, double Y) to)
        {
            Put('M', from);
            Put('L', to);
        }

        void Put(char command, (double X, double Y) at) =>
            path.Append(CultureInfo.InvariantCulture, $"{command}{left + ((at.X + 0.5) * scaleX):0.##} {(at.Y + 0.5) * scaleY:0.##}");
    }
}
