using CxrOnnx.Core;
using NetVips;

namespace CxrOnnx.Imaging.Raster;

/// <summary>Heatmaps as PNG: 16-bit gray with alpha, so that a value is off by at most 1/131,070 and NaN is a transparent pixel.</summary>
public static class HeatmapPng
{
    private const int Compression = 4;

    /// <summary>Writes a heatmap.</summary>
    /// <param name="values">float32 [height, width], row-major, in [0,1] (values outside are clamped); NaN becomes transparent.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="textChunks">Text chunks by keyword.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="InputException">libvips cannot be loaded.</exception>
    public static byte[] Encode(
        ReadOnlySpan<float> values,
        int width,
        int height,
        IReadOnlyList<KeyValuePair<string, string>>? textChunks = null
    )
    {
        LibVips.EnsureLoaded();
        ushort[] samples = new ushort[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
            {
                continue;
            }

            samples[i * 2] = (ushort)MathF.Round(Math.Clamp(values[i], 0f, 1f) * ushort.MaxValue);
            samples[(i * 2) + 1] = ushort.MaxValue;
        }

        using Image raw = Image.NewFromMemory(samples, width, height, 2, Enums.BandFormat.Ushort);
        using Image picture = raw.Copy(interpretation: Enums.Interpretation.Grey16);
        using Image described = picture.Mutate(image =>
        {
            int next = 0;
            foreach ((string keyword, string text) in textChunks ?? [])
            {
                image.Set(GValue.GStrType, FormattableString.Invariant($"png-comment-{next++}-{keyword}"), text);
            }
        });
        return described.PngsaveBuffer(compression: Compression);
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <param name="png">The file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maxPixels">Most pixels that are decoded.</param>
    /// <returns>float32 [Height, Width], row-major, NaN where the picture is transparent.</returns>
    /// <exception cref="InputException">It is no such PNG, damaged or too large.</exception>
    public static (float[] Values, int Width, int Height) Decode(byte[] png, string name, long maxPixels = 100_000_000)
    {
        LibVips.EnsureLoaded();
        try
        {
            using Image image = Image.PngloadBuffer(png, failOn: Enums.FailOn.Error);
            if ((long)image.Width * image.Height > maxPixels)
            {
                throw new InputException($"{name}: {image.Width} x {image.Height} pixels, the limit is {maxPixels}");
            }

            if (image.Bands != 2 || image.Format != Enums.BandFormat.Ushort)
            {
                throw new InputException($"{name}: {image.Bands} bands of {image.Format}, a heatmap has 16-bit gray and alpha");
            }

            ushort[] samples = image.WriteToMemory<ushort>();
            float[] values = new float[samples.Length / 2];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = samples[(i * 2) + 1] == 0 ? float.NaN : samples[i * 2] / (float)ushort.MaxValue;
            }

            return (values, image.Width, image.Height);
        }
        catch (VipsException exception)
        {
            throw new InputException($"{name}: damaged PNG: {LibVips.OneLine(exception)}", exception);
        }
    }
}
