using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Phantom;

/// <summary>The tight rectangle around the pixels of a mask; the far edges are excluded.</summary>
internal readonly record struct PixelRegion(int X0, int Y0, int X1, int Y1)
{
    public PixelBox Box => new(X0, Y0, X1 - X0, Y1 - Y0);

    /// <summary>Pixels that reach a share of the mask's maximum; the whole image when the mask is empty.</summary>
    public static PixelRegion Of(float[] mask, Canvas canvas, float share) => Of(mask, canvas, share, (0, 0, canvas.Width, canvas.Height));

    /// <summary>The same, looked for inside a rectangle only.</summary>
    public static PixelRegion Of(float[] mask, Canvas canvas, float share, (int X0, int Y0, int X1, int Y1) within)
    {
        float peak = 0f;
        for (int y = within.Y0; y < within.Y1; y++)
        {
            foreach (float value in mask.AsSpan((y * canvas.Width) + within.X0, within.X1 - within.X0))
            {
                peak = Math.Max(peak, value);
            }
        }

        float level = Math.Max(1e-6f, share * peak);
        int x0 = int.MaxValue;
        int x1 = -1;
        int y0 = int.MaxValue;
        int y1 = -1;
        for (int y = within.Y0; y < within.Y1; y++)
        {
            ReadOnlySpan<float> row = mask.AsSpan(y * canvas.Width, canvas.Width);
            for (int x = within.X0; x < within.X1; x++)
            {
                if (row[x] >= level)
                {
                    x0 = Math.Min(x0, x);
                    x1 = Math.Max(x1, x);
                    y0 = Math.Min(y0, y);
                    y1 = y;
                }
            }
        }

        return x1 < 0 ? new(0, 0, canvas.Width, canvas.Height) : new(x0, y0, x1 + 1, y1 + 1);
    }
}
