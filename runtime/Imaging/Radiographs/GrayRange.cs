using System.Globalization;
using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>
/// Whether the gray values of a picture can be those of a radiograph. A window, table or bit depth that does not belong to the values
/// leaves them in a sliver of the scale or cuts most of them off, whatever the format; both are said.
/// </summary>
internal static class GrayRange
{
    private const int Bins = 4096;

    // A tenth of what radiographs in use have; 12 bits in 16 leave 0.06, 14 bits 0.25.
    private const float LowContrast = 0.05f;
    private const double LowSpan = 0.25;
    private const double Tail = 0.01;

    // Collimated and shuttered pictures are black or white around the field, hardly ever in three quarters of it.
    private const double MostCutOff = 0.75;

    /// <summary>What is to be said of a picture's gray values; empty where they are as usual.</summary>
    /// <param name="pixels">The values, in [0,1].</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <exception cref="InputException">All pixels are equal.</exception>
    public static IEnumerable<string> Check(ReadOnlySpan<float> pixels, string name)
    {
        (float low, float high) = (float.PositiveInfinity, float.NegativeInfinity);
        long[] histogram = new long[Bins];
        long between = 0;
        foreach (float value in pixels)
        {
            low = MathF.Min(low, value);
            high = MathF.Max(high, value);
            if (value is > 0 and < 1)
            {
                between++;
                histogram[(int)(value * Bins)]++;
            }
        }

        if (high <= low)
        {
            string colour =
                high <= 0 ? "all black"
                : low >= 1 ? "all white"
                : $"of one gray value ({low:0.###})";
            throw new InputException($"{name}: the image is {colour}; there is nothing to ground on: check how it was exported");
        }

        if (high - low < LowContrast)
        {
            return [string.Create(CultureInfo.InvariantCulture, $"hardly any contrast: gray values {low:0.###} to {high:0.###} of 0 to 1")];
        }

        double cutOff = 1 - ((double)between / pixels.Length);
        if (cutOff > MostCutOff)
        {
            return
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{100 * cutOff:0.#} % of the pixels are fully black or white: a window or conversion cuts off what was there"
                ),
            ];
        }

        (double first, double last) = (At(histogram, between * Tail), At(histogram, between * (1 - Tail)));
        return last - first < LowSpan
            ?
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"hardly any contrast: nearly all gray values lie from {first:0.###} to {last:0.###} of 0 to 1; a window, padding or "
                        + $"bit depth may not belong to the picture"
                ),
            ]
            : [];
    }

    private static double At(long[] histogram, double count)
    {
        long below = 0;
        for (int bin = 0; bin < histogram.Length; bin++)
        {
            below += histogram[bin];
            if (below > count)
            {
                return (double)bin / Bins;
            }
        }

        return 1;
    }
}
