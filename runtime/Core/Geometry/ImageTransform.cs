namespace CxrOnnx.Core.Geometry;

/// <summary>
/// The way between an original image and the model's square: shortest side resized to <see cref="ModelSize"/>, centre crop. It also carries
/// maps back to the original grid, where the cropped margins, which the model never saw, are NaN.
/// </summary>
/// <remarks>
/// Two conventions of the reference implementation live here. Forward: the longer side becomes <c>floor(ModelSize * long / short)</c>, the
/// crop starts at half the difference, rounded down. Backward: the square is enlarged (nearest neighbour) to the shortest side and padded
/// by half the difference, rounded down on the left and top and up on the right and bottom. The two differ by up to one pixel, so points
/// are carried by the continuous geometry of the backward one, which is the one maps use.
/// </remarks>
public sealed class ImageTransform
{
    /// <summary>Creates the transform for one image.</summary>
    /// <param name="original">Size of the original image.</param>
    /// <param name="modelSize">Side of the model's square in pixels, at least 1.</param>
    /// <exception cref="InputException">
    /// A size is not positive, or the image is so elongated that the resized long side does not fit an integer.
    /// </exception>
    public ImageTransform(ImageSize original, int modelSize)
    {
        Original = original.Validated();
        ModelSize = modelSize >= 1 ? modelSize : throw new InputException($"model image size {modelSize}: must be at least 1");
        int shortest = original.ShortestSide;
        long width = (long)modelSize * original.Width / shortest;
        long height = (long)modelSize * original.Height / shortest;
        if (Math.Max(width, height) > MaximumResizedSide)
        {
            throw new InputException(
                $"image of {original} pixels: at a shortest side of {modelSize} the other would have {Math.Max(width, height)} pixels, "
                    + $"more than "
                    + $"{MaximumResizedSide}; crop the image first"
            );
        }

        Resized = new ImageSize((int)width, (int)height);
        CropLeft = (Resized.Width - modelSize) / 2;
        CropTop = (Resized.Height - modelSize) / 2;
        MarginLeft = (original.Width - shortest) / 2;
        MarginTop = (original.Height - shortest) / 2;
    }

    /// <summary>The longest side a resized image may have; guards against one-pixel-wide inputs.</summary>
    public const int MaximumResizedSide = 1 << 20;

    /// <summary>Size of the original image.</summary>
    public ImageSize Original { get; }

    /// <summary>Side of the model's square in pixels.</summary>
    public int ModelSize { get; }

    /// <summary>Size after the resize, before the crop.</summary>
    public ImageSize Resized { get; }

    /// <summary>First column of the resized image that the model sees.</summary>
    public int CropLeft { get; }

    /// <summary>First row of the resized image that the model sees.</summary>
    public int CropTop { get; }

    /// <summary>Columns of the original left of the model's field of view.</summary>
    public int MarginLeft { get; }

    /// <summary>Rows of the original above the model's field of view.</summary>
    public int MarginTop { get; }

    /// <summary>The square of the original that the model sees: its side is the shortest side of the image.</summary>
    public PixelBox FieldOfView => new(MarginLeft, MarginTop, Original.ShortestSide, Original.ShortestSide);

    /// <summary>Original pixels per model pixel.</summary>
    public double Scale => (double)Original.ShortestSide / ModelSize;

    /// <summary>Model box -> box in original pixels. Exact up to rounding of the floating-point operations; nothing is clipped.</summary>
    public PixelBox ToOriginal(ModelBox box) =>
        new(MarginLeft + (box.X * Scale), MarginTop + (box.Y * Scale), box.Width * Scale, box.Height * Scale);

    /// <summary>Box in original pixels -> model box. What lies outside the field of view gets coordinates outside [0, ModelSize].</summary>
    public ModelBox ToModel(PixelBox box) =>
        new((box.X - MarginLeft) / Scale, (box.Y - MarginTop) / Scale, box.Width / Scale, box.Height / Scale);

    /// <summary>Carries a map on the model's square back to the original image.</summary>
    /// <param name="map">[ModelSize, ModelSize], row-major.</param>
    /// <returns>[Original.Height, Original.Width], row-major; NaN outside <see cref="FieldOfView"/>. Owned by the caller.</returns>
    /// <exception cref="ArgumentException"><paramref name="map"/> has another length.</exception>
    public float[] ToOriginal(ReadOnlySpan<float> map)
    {
        if (map.Length != ModelSize * ModelSize)
        {
            throw new ArgumentException(
                $"map has {map.Length} values, a {ModelSize}x{ModelSize} map has {ModelSize * ModelSize}",
                nameof(map)
            );
        }

        int side = Original.ShortestSide;
        int[] source = new int[side];
        // The reference computes the nearest source index in single precision; at exact multiples this decides between two cells.
        float step = (float)ModelSize / side;
        for (int i = 0; i < side; i++)
        {
            source[i] = Math.Min((int)MathF.Floor(i * step), ModelSize - 1);
        }

        float[] result = new float[checked(Original.Width * Original.Height)];
        Array.Fill(result, float.NaN);
        for (int y = 0; y < side; y++)
        {
            ReadOnlySpan<float> from = map.Slice(source[y] * ModelSize, ModelSize);
            Span<float> to = result.AsSpan(((MarginTop + y) * Original.Width) + MarginLeft, side);
            for (int x = 0; x < side; x++)
            {
                to[x] = from[source[x]];
            }
        }

        return result;
    }
}
