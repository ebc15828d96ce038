namespace CxrOnnx.Core.Geometry;

/// <summary>
/// An axis-aligned box in the pixels of the original image: origin at the outer corner of the top left pixel, order x, y, width, height,
/// far edge excluded (the box of the single pixel (3, 5) is (3, 5, 1, 1)). A box in the model's pixels is a <see cref="ModelBox"/>; cross
/// with <see cref="ImageTransform"/>.
/// </summary>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
public readonly record struct PixelBox(double X, double Y, double Width, double Height)
{
    /// <summary>Right edge, excluded.</summary>
    public double Right => X + Width;

    /// <summary>Bottom edge, excluded.</summary>
    public double Bottom => Y + Height;

    /// <summary>Horizontal centre.</summary>
    public double CenterX => X + (Width / 2);

    /// <summary>Vertical centre.</summary>
    public double CenterY => Y + (Height / 2);

    /// <summary>Area in square pixels; 0 for a box without extent.</summary>
    public double Area => Width > 0 && Height > 0 ? Width * Height : 0;

    /// <summary>A box from its edges.</summary>
    public static PixelBox FromEdges(double left, double top, double right, double bottom) => new(left, top, right - left, bottom - top);

    /// <summary>The part of the box inside an image; a box with zero area where there is none.</summary>
    public PixelBox ClippedTo(ImageSize size)
    {
        double left = Math.Clamp(X, 0, size.Width);
        double top = Math.Clamp(Y, 0, size.Height);
        return FromEdges(left, top, Math.Clamp(Right, left, size.Width), Math.Clamp(Bottom, top, size.Height));
    }

    /// <summary>The common part of two boxes; a box with zero area where there is none.</summary>
    public PixelBox Intersect(PixelBox other)
    {
        double left = Math.Max(X, other.X);
        double top = Math.Max(Y, other.Y);
        return FromEdges(left, top, Math.Max(left, Math.Min(Right, other.Right)), Math.Max(top, Math.Min(Bottom, other.Bottom)));
    }

    /// <summary>Intersection area over union area, in [0,1]; 0 when both boxes are empty.</summary>
    public double IntersectionOverUnion(PixelBox other)
    {
        double intersection = Intersect(other).Area;
        double union = Area + other.Area - intersection;
        return union > 0 ? intersection / union : 0;
    }
}
