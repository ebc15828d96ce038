using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Preprocessing;

/// <summary>A decoded radiograph: one channel, values in [0,1], bright = dense (bone white), whatever the file format was.</summary>
public sealed class GrayImage
{
    /// <summary>Wraps pixels; the array is not copied and must not be changed afterwards.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">[height, width], row-major, values in [0,1].</param>
    /// <exception cref="InputException">A side is not positive, or the number of pixels does not fit.</exception>
    public GrayImage(int width, int height, float[] pixels)
    {
        Size = new ImageSize(width, height).Validated();
        if (pixels.LongLength != Size.PixelCount)
        {
            throw new InputException($"image of {Size} pixels: got {pixels.LongLength} values, wanted {Size.PixelCount}");
        }

        Pixels = pixels;
    }

    /// <summary>Columns.</summary>
    public int Width => Size.Width;

    /// <summary>Rows.</summary>
    public int Height => Size.Height;

    /// <summary>Width and height.</summary>
    public ImageSize Size { get; }

    /// <summary>[Height, Width], row-major, values in [0,1].</summary>
    public float[] Pixels { get; }

    /// <summary>The picture with left and right swapped: a new image, which shares nothing with this one.</summary>
    public GrayImage Mirrored()
    {
        float[] pixels = [.. Pixels];
        for (int row = 0; row < Height; row++)
        {
            pixels.AsSpan(row * Width, Width).Reverse();
        }

        return new GrayImage(Width, Height, pixels);
    }
}
