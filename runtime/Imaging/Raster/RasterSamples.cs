using System.Globalization;

namespace CxrOnnx.Imaging.Raster;

/// <summary>Gray values of decoded samples.</summary>
/// <param name="layout">What the bands mean.</param>
/// <param name="bands">Bands of a pixel.</param>
/// <param name="warnings">Gets what a reader of the result should know.</param>
internal sealed class RasterSamples(RasterLayout layout, int bands, List<string> warnings)
{
    /// <summary>
    /// libvips rounds the quotient down; rounding the product up gives the stored value, but for errors of floating point.
    /// </summary>
    private const double Tiny = 1e-9;

    /// <summary>A pixel is coloured where its channels differ by more than this part of white; lossy compression stays below.</summary>
    private const int ColourPart = 8;

    /// <summary>Share of coloured pixels that is said: a small mark of the side stays below.</summary>
    private const double LeastColour = 0.001;

    /// <summary>Detectors deliver 10 to 14 bits, and many converters put them (or 8 bits) into 16-bit files as they are.</summary>
    private static readonly int[] UsualBits = [8, 10, 12, 14];

    /// <summary>Gray values of 8-bit samples.</summary>
    /// <returns>float32 [height, width] in [0,1], and the bits that the samples use.</returns>
    public (float[] Gray, int Bits) FromBytes(byte[] samples)
    {
        Restore(samples, value => value, value => (byte)value, byte.MaxValue);
        return (ToGray(samples, value => value, byte.MaxValue, byte.MaxValue, byte.MaxValue), 8);
    }

    /// <summary>Gray values of 16-bit samples; those of fewer bits are told by the largest stored colour sample.</summary>
    /// <returns>float32 [height, width] in [0,1], and the bits that the samples use.</returns>
    public (float[] Gray, int Bits) FromWords(ushort[] samples)
    {
        Restore(samples, value => value, value => (ushort)value, ushort.MaxValue);
        (int colour, int alpha) = (0, 0);
        for (int i = 0; i < samples.Length; i += bands)
        {
            for (int band = 0; band < layout.Colours; band++)
            {
                colour = Math.Max(colour, Stored(samples[i + band], ushort.MaxValue));
            }

            if (layout.Alpha is { } at)
            {
                alpha = Math.Max(alpha, samples[i + at]);
            }
        }

        // A picture of zeros is found to be of one colour later on; nothing can be said about its bits.
        int bits = colour == 0 ? 16 : UsualBits.FirstOrDefault(candidate => colour < 1 << candidate, 16);
        int white = (1 << bits) - 1;
        if (bits != 16)
        {
            warnings.Add($"the 16-bit samples use {bits} bits only (largest value {colour}); white is {white}");
        }
        else if (colour > 0 && colour <= ushort.MaxValue / 2)
        {
            warnings.Add(
                $"no 16-bit sample is above half of white (largest value {colour}); if they use 15 bits only, the picture is too dark"
            );
        }

        int opaque = alpha > 0 && alpha <= white ? white : ushort.MaxValue;
        if (layout.Alpha is not null && opaque != ushort.MaxValue)
        {
            warnings.Add($"the transparency uses {bits} bits as well (largest value {alpha}); opaque is {opaque}");
        }

        return (ToGray(samples, value => value, ushort.MaxValue, white, opaque), bits);
    }

    /// <summary>
    /// libvips divides associated colours by their transparency; the file's own values are what is wanted, shown on black.
    /// </summary>
    private void Restore<T>(T[] samples, Func<T, int> read, Func<int, T> write, int full)
    {
        if (layout is not { Premultiplied: true, Alpha: { } alpha })
        {
            return;
        }

        for (int i = 0; i < samples.Length; i += bands)
        {
            for (int band = 0; band < layout.Colours; band++)
            {
                double product = read(samples[i + band]) * (double)read(samples[i + alpha]) / full;
                samples[i + band] = write((int)Math.Ceiling(product - Tiny));
            }
        }
    }

    /// <summary>The value as the file stores it: libvips turns gray whose 0 is white round.</summary>
    private int Stored(int value, int full) => layout.MinIsWhite ? full - value : value;

    private float[] ToGray<T>(T[] samples, Func<T, int> read, int full, int white, int opaque)
    {
        float[] gray = new float[samples.Length / bands];
        float scale = 1f / white;
        (long transparent, long coloured) = (0, 0);
        for (int i = 0; i < gray.Length; i++)
        {
            int first = i * bands;
            float value = Stored(read(samples[first]), full);
            if (layout.Colours == 3 && !layout.LumaFirst)
            {
                (int red, int green, int blue) = (read(samples[first]), read(samples[first + 1]), read(samples[first + 2]));
                value = red == green && green == blue ? green : (0.299f * red) + (0.587f * green) + (0.114f * blue);
                coloured += Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)) > white / ColourPart ? 1 : 0;
            }

            value = value >= white ? 1f : value * scale;
            value = layout.MinIsWhite ? 1f - value : value;
            if (layout.Alpha is { } alpha && read(samples[first + alpha]) is var share && share < opaque)
            {
                transparent++;
                value = layout.Premultiplied ? value : value * share / opaque;
            }

            gray[i] = value;
        }

        if (transparent > 0)
        {
            string share = (100.0 * transparent / gray.Length).ToString("0.#", CultureInfo.InvariantCulture);
            warnings.Add($"{share} % of the pixels are transparent; black was put beneath them");
        }

        if (coloured > LeastColour * gray.Length)
        {
            string share = (100.0 * coloured / gray.Length).ToString("0.##", CultureInfo.InvariantCulture);
            warnings.Add(
                $"{share} % of the pixels are coloured; their brightness was taken, and the model sees drawings or a colour map as anatomy"
            );
        }

        return gray;
    }
}
