using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>The size limits, checked on the header alone.</summary>
internal static class ImageLimits
{
    /// <summary>Refuses pictures that are too large or too small.</summary>
    public static void Check(string name, long width, long height, RadiographReaderOptions options)
    {
        if (width <= 0 || height <= 0)
        {
            throw new InputException($"{name}: {width} x {height} pixels; the file is damaged");
        }

        if (Math.Min(width, height) < options.MinSide)
        {
            throw new InputException(
                $"{name}: {width} x {height} pixels; the shorter side must have at least {options.MinSide}: give the radiograph itself, "
                    + $"not a thumbnail"
            );
        }

        if (width * height > options.MaxPixels)
        {
            throw new InputException(
                $"{name}: {width} x {height} = {width * height / 1e6:0.#} million pixels, the limit is {options.MaxPixels / 1e6:0.#} "
                    + $"million: scale the image down or raise the limit (--max-pixels)"
            );
        }
    }
}
