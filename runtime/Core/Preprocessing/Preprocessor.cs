using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Preprocessing;

/// <summary>
/// Radiograph -> model input. The one implementation that training and serving share: shortest side to the model's size (bilinear,
/// half-pixel centres, no antialiasing, as the reference does it), centre crop, values left in [0,1].
/// </summary>
public static class Preprocessor
{
    /// <summary>Makes the model's input.</summary>
    /// <param name="image">The radiograph, values in [0,1].</param>
    /// <param name="size">Side of the model's square in pixels.</param>
    /// <returns>float32 [1, 1, size, size], row-major, owned by the caller.</returns>
    /// <exception cref="InputException">The image holds NaN or infinity, or is too elongated.</exception>
    public static float[] ToModelInput(GrayImage image, int size) => ToModelInput(image, new ImageTransform(image.Size, size));

    /// <summary>Makes the model's input with a transform that is kept for the way back.</summary>
    /// <param name="image">The radiograph, values in [0,1].</param>
    /// <param name="transform">The transform of an image of this size.</param>
    /// <returns>float32 [1, 1, ModelSize, ModelSize], row-major, owned by the caller.</returns>
    /// <exception cref="ArgumentException">The transform belongs to an image of another size.</exception>
    /// <exception cref="InputException">The image holds NaN or infinity.</exception>
    public static float[] ToModelInput(GrayImage image, ImageTransform transform)
    {
        if (image.Size != transform.Original)
        {
            throw new ArgumentException($"transform is for {transform.Original}, the image has {image.Size}", nameof(transform));
        }

        float[] input = new float[transform.ModelSize * transform.ModelSize];
        BilinearResampler.ResizeAndCrop(
            image.Pixels,
            new GridSize(image.Height, image.Width),
            new GridSize(transform.Resized.Height, transform.Resized.Width),
            input,
            GridSize.Square(transform.ModelSize),
            transform.CropTop,
            transform.CropLeft
        );
        int bad = input.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        return bad < 0
            ? input
            : throw new InputException(
                $"image of {image.Size} pixels holds {input[bad]} (not a finite number); pixel values must lie in [0,1]"
            );
    }
}
