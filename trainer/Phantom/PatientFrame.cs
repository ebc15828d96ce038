namespace CxrOnnx.Phantom;

/// <summary>
/// Where the patient lies on the image. Patient coordinates: x to the image's right (the patient's left), 0 at the image centre, y down
/// from 0 to 1 over the central square whose side is the image's shorter side. A similarity transform (scale, rotation, shift) goes to
/// pixels, so a non-square image shows more anatomy along its longer side instead of a stretched one.
/// </summary>
internal sealed class PatientFrame
{
    private readonly float _cos;
    private readonly float _sin;
    private readonly float _originX;
    private readonly float _originY;

    public PatientFrame(int width, int height, float scale, float angle, float shiftX, float shiftY)
    {
        float side = Math.Min(width, height);
        Width = width;
        Height = height;
        Unit = side * scale;
        _cos = MathF.Cos(angle);
        _sin = MathF.Sin(angle);
        _originX = (width * 0.5f) + (shiftX * side);
        _originY = (height * 0.5f) + (shiftY * side);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Pixels per patient unit.</summary>
    public float Unit { get; }

    /// <summary>Patient x gained per pixel to the right; the y gained is <see cref="StepY"/>.</summary>
    public float StepX => _cos / Unit;

    /// <summary>Patient y gained per pixel to the right.</summary>
    public float StepY => -_sin / Unit;

    /// <summary>Continuous pixel coordinates (pixel i covers [i, i+1)) of a patient point.</summary>
    public (float X, float Y) ToPixel(float x, float y)
    {
        float v = y - 0.5f;
        return (_originX + (Unit * ((_cos * x) - (_sin * v))), _originY + (Unit * ((_sin * x) + (_cos * v))));
    }

    /// <summary>Patient point of a continuous pixel position.</summary>
    public (float X, float Y) FromPixel(float px, float py)
    {
        float dx = (px - _originX) / Unit;
        float dy = (py - _originY) / Unit;
        return ((_cos * dx) + (_sin * dy), (_cos * dy) - (_sin * dx) + 0.5f);
    }
}
