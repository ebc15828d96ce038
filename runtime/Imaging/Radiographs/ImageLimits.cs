using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>The size limits, checked on the header alone.</summary>
internal static class ImageLimits
{
    /// <summary>How far height and width of a pixel may differ, as a share, before a picture counts as stretched.</summary>
    public const double SquareTolerance = 0.01;

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
                    + $"million: scale the image down or raise the limit (`max-pixels`)"
            );
        }
    }

    /// <summary>Which picture of a file is read.</summary>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="count">How many it has.</param>
    /// <param name="what">What they are called: <c>frame</c> or <c>page</c>.</param>
    /// <param name="options">The choice.</param>
    /// <returns>Its number, from 1.</returns>
    /// <exception cref="InputException">There are several and none was chosen, or the chosen one is not there.</exception>
    public static int ChooseFrame(string name, int count, string what, RadiographReaderOptions options)
    {
        if (options.Frame is { } chosen)
        {
            return chosen >= 1 && chosen <= count
                ? chosen
                : throw new InputException($"{name}: {what} {chosen} was asked for, the file has {count}; choose one from 1 to {count}");
        }

        return count == 1
            ? 1
            : throw new InputException(
                $"{name}: it has {count} {what}s; choose one with `frame` (1 to {count}), or give a file with one picture"
            );
    }
}
