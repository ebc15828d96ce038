using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Metrics;

/// <summary>
/// The pixels of a box: those whose centre lies inside it, clipped to the image. For whole-number boxes inside the image these are exactly
/// its pixels.
/// </summary>
/// <remarks>
/// The reference takes a negative x or y for a Python slice counted from the end, usually an empty one; here the box is clipped.
/// </remarks>
internal readonly record struct BoxPixels(int Left, int Top, int Right, int Bottom)
{
    public bool IsEmpty => Right <= Left || Bottom <= Top;

    public static BoxPixels Of(PixelBox box, ImageSize size) =>
        new(First(box.X, size.Width), First(box.Y, size.Height), First(box.Right, size.Width), First(box.Bottom, size.Height));

    /// <summary>A mask that is true in any of the boxes. [Height, Width], row-major.</summary>
    public static bool[] Union(IEnumerable<PixelBox> boxes, ImageSize size)
    {
        bool[] mask = new bool[checked(size.Width * size.Height)];
        foreach (PixelBox box in boxes)
        {
            BoxPixels pixels = Of(box, size);
            for (int y = pixels.Top; y < pixels.Bottom && !pixels.IsEmpty; y++)
            {
                mask.AsSpan((y * size.Width) + pixels.Left, pixels.Right - pixels.Left).Fill(true);
            }
        }

        return mask;
    }

    private static int First(double edge, int length) => (int)Math.Clamp(Math.Ceiling(edge - 0.5), 0, length);
}
