namespace CxrOnnx.Core.Geometry;

/// <summary>
/// Size of an original image in its own pixels. Not to be confused with <see cref="GridSize"/>, the size of a map inside the model.
/// </summary>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
public readonly record struct ImageSize(int Width, int Height)
{
    /// <summary>The shorter side.</summary>
    public int ShortestSide => Math.Min(Width, Height);

    /// <summary>Number of pixels.</summary>
    public long PixelCount => (long)Width * Height;

    /// <summary>Checks that both sides are at least 1.</summary>
    /// <exception cref="InputException">A side is smaller than 1.</exception>
    public ImageSize Validated() =>
        Width >= 1 && Height >= 1 ? this : throw new InputException($"image size {this}: both sides must be at least 1 pixel");

    /// <inheritdoc/>
    public override string ToString() => $"{Width}x{Height}";
}
