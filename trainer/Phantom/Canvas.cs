using System.Buffers;

namespace CxrOnnx.Phantom;

/// <summary>Pixel layers of one image and the brush that draws tapered strokes into them. Layers come from the shared pool.</summary>
internal sealed class Canvas(PatientFrame frame) : IDisposable
{
    private readonly List<float[]> _rented = [];

    public PatientFrame Frame { get; } = frame;

    public int Width { get; } = frame.Width;

    public int Height { get; } = frame.Height;

    public int Pixels { get; } = frame.Width * frame.Height;

    /// <summary>Softest edge a shape may have, in patient units: a pixel of a 256 image, or of this image where that is coarser.</summary>
    public float Softness { get; } = Math.Max(1f / 256f, 0.7f / frame.Unit);

    /// <summary>A layer of zeros, valid until the canvas is disposed; only the first <see cref="Pixels"/> values belong to it.</summary>
    public float[] Layer()
    {
        float[] layer = ArrayPool<float>.Shared.Rent(Pixels);
        layer.AsSpan(0, Pixels).Clear();
        _rented.Add(layer);
        return layer;
    }

    /// <summary>Draws a polyline of varying width; overlapping parts take the maximum, so that joints leave no beads.</summary>
    /// <param name="layer">Layer to draw in.</param>
    /// <param name="points">At least two points.</param>
    /// <param name="hollow">0: flat profile; towards 1: the edges are stronger than the middle, as cortical bone is.</param>
    /// <param name="softness">Edge ramp in patient units; 0 takes <see cref="Softness"/>.</param>
    public void Stroke(float[] layer, ReadOnlySpan<StrokePoint> points, float hollow = 0f, float softness = 0f)
    {
        float soft = Math.Max(softness, Softness) * Frame.Unit;
        for (int i = 1; i < points.Length; i++)
        {
            Segment(layer, points[i - 1], points[i], hollow, soft);
        }
    }

    /// <summary>The pixel rectangle around patient points, clipped to the image; the far edges are excluded.</summary>
    public (int X0, int Y0, int X1, int Y1) Bounds(float left, float top, float right, float bottom)
    {
        (float ax, float ay) = Frame.ToPixel(left, top);
        (float bx, float by) = Frame.ToPixel(right, top);
        (float cx, float cy) = Frame.ToPixel(left, bottom);
        (float dx, float dy) = Frame.ToPixel(right, bottom);
        return (
            Math.Clamp((int)MathF.Floor(Math.Min(Math.Min(ax, bx), Math.Min(cx, dx))), 0, Width),
            Math.Clamp((int)MathF.Floor(Math.Min(Math.Min(ay, by), Math.Min(cy, dy))), 0, Height),
            Math.Clamp((int)MathF.Ceiling(Math.Max(Math.Max(ax, bx), Math.Max(cx, dx))), 0, Width),
            Math.Clamp((int)MathF.Ceiling(Math.Max(Math.Max(ay, by), Math.Max(cy, dy))), 0, Height)
        );
    }

    public void Dispose()
    {
        foreach (float[] layer in _rented)
        {
            ArrayPool<float>.Shared.Return(layer);
        }

        _rented.Clear();
    }

    private void Segment(float[] layer, StrokePoint from, StrokePoint to, float hollow, float soft)
    {
        (float ax, float ay) = Frame.ToPixel(from.X, from.Y);
        (float bx, float by) = Frame.ToPixel(to.X, to.Y);
        float wa = from.HalfWidth * Frame.Unit;
        float wb = to.HalfWidth * Frame.Unit;
        float reach = Math.Max(wa, wb) + soft;
        int x0 = Math.Max(0, (int)(Math.Min(ax, bx) - reach));
        int x1 = Math.Min(Width - 1, (int)(Math.Max(ax, bx) + reach));
        int y0 = Math.Max(0, (int)(Math.Min(ay, by) - reach));
        int y1 = Math.Min(Height - 1, (int)(Math.Max(ay, by) + reach));
        float dx = bx - ax;
        float dy = by - ay;
        float length2 = (dx * dx) + (dy * dy);
        float inverse = length2 > 1e-12f ? 1f / length2 : 0f;
        for (int y = y0; y <= y1; y++)
        {
            float qy = y + 0.5f - ay;
            int row = y * Width;
            for (int x = x0; x <= x1; x++)
            {
                float qx = x + 0.5f - ax;
                float t = Shade.Clamp01(((qx * dx) + (qy * dy)) * inverse);
                float ex = qx - (t * dx);
                float ey = qy - (t * dy);
                float d2 = (ex * ex) + (ey * ey);
                if (d2 >= reach * reach)
                {
                    continue;
                }

                float distance = MathF.Sqrt(d2);
                float w = wa + ((wb - wa) * t);
                float edge = (w - distance + (0.5f * soft)) / soft;
                if (edge <= 0f)
                {
                    continue;
                }

                // A stroke thinner than the ramp would be drawn too bright; its share of the ramp keeps the energy right at any resolution.
                float cover = Math.Min(1f, edge) * Math.Min(1f, 2f * w / soft);
                float rim = hollow * Shade.Clamp01(distance / Math.Max(w, 1e-6f));
                float value =
                    cover * (1f - hollow + (rim * rim / Math.Max(hollow, 1e-6f))) * (from.Strength + ((to.Strength - from.Strength) * t));
                if (value > layer[row + x])
                {
                    layer[row + x] = value;
                }
            }
        }
    }
}
