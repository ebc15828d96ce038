namespace CxrOnnx.Core.Geometry;

/// <summary>
/// An axis-aligned box in the pixels of the model's square input (512 in the published model), same order and edge rule as
/// <see cref="PixelBox"/>.
/// </summary>
/// <param name="X">Left edge in model pixels.</param>
/// <param name="Y">Top edge in model pixels.</param>
/// <param name="Width">Width in model pixels.</param>
/// <param name="Height">Height in model pixels.</param>
public readonly record struct ModelBox(double X, double Y, double Width, double Height)
{
    /// <summary>Right edge, excluded.</summary>
    public double Right => X + Width;

    /// <summary>Bottom edge, excluded.</summary>
    public double Bottom => Y + Height;
}
