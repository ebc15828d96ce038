using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Radiographs;
using NetVips;

namespace CxrOnnx.Imaging.Raster;

/// <summary>PNG, JPEG and TIFF through libvips.</summary>
/// <remarks>
/// Only the loader of the format that the content has is ever called, never libvips' own guess, so that formats nobody sends on purpose
/// (SVG, HEIF, ...) cannot be reached. Gray is 0.299 R + 0.587 G + 0.114 B of the stored values (ITU-R BT.601, as torchvision and PIL
/// do it; equal channels stay exactly what they are), and transparent pixels show black beneath them. Colour profiles are ignored.
/// </remarks>
internal static class RasterDecoder
{
    /// <summary>Decodes a file.</summary>
    /// <exception cref="InputException">Damaged, truncated, too large, too small, or of a kind that has no gray picture.</exception>
    public static Radiograph Decode(byte[] content, RadiographFormat format, string name, RadiographReaderOptions options)
    {
        LibVips.EnsureLoaded();
        try
        {
            using Image image = Open(content, format);
            return Decode(image, format, name, options);
        }
        catch (VipsException exception)
        {
            throw new InputException(
                $"{name}: damaged or truncated {format.ToString().ToUpperInvariant()} file: {LibVips.OneLine(exception)}",
                exception
            );
        }
    }

    private static Image Open(byte[] content, RadiographFormat format) =>
        format switch
        {
            RadiographFormat.Png => Image.PngloadBuffer(content, failOn: Enums.FailOn.Error),
            RadiographFormat.Jpeg => Image.JpegloadBuffer(content, failOn: Enums.FailOn.Error),
            _ => Image.TiffloadBuffer(content, failOn: Enums.FailOn.Error),
        };

    private static Radiograph Decode(Image image, RadiographFormat format, string name, RadiographReaderOptions options)
    {
        ImageLimits.Check(name, image.Width, image.Height, options);
        string samples = image.Bands switch
        {
            1 => "gray",
            2 => "gray+alpha",
            3 => "rgb",
            4 when image.HasAlpha() => "rgb+alpha",
            _ => throw new InputException(
                $"{name}: {image.Bands} channels ({image.Interpretation}); want gray or RGB, with or without alpha: convert the image"
            ),
        };
        List<string> warnings = [];
        if (image.Contains("n-pages") && image.Get("n-pages") is int pages && pages > 1)
        {
            warnings.Add($"the file has {pages} pages; the first was read");
        }

        (float[] pixels, int bits) = image.Format switch
        {
            Enums.BandFormat.Uchar => (ToGray(image.WriteToMemory<byte>(), image.Bands, value => value, byte.MaxValue), 8),
            Enums.BandFormat.Ushort => FromSixteenBits(image, warnings),
            _ => throw new InputException($"{name}: samples of type {image.Format}; want 8 or 16-bit unsigned integers: convert the image"),
        };
        ImageOrientation orientation =
            image.Contains("orientation") && image.Get("orientation") is int exif
                ? ImageOrientations.FromExif(exif)
                : ImageOrientation.Upright;
        GrayImage upright = ImageOrientations.Apply(orientation, new GrayImage(image.Width, image.Height, pixels));
        return new Radiograph(
            upright,
            new RadiographProvenance
            {
                Format = format,
                StoredWidth = image.Width,
                StoredHeight = image.Height,
                Bits = bits,
                Samples = samples,
                Orientation = orientation,
                Warnings = warnings,
            }
        );
    }

    private static (float[] Pixels, int Bits) FromSixteenBits(Image image, List<string> warnings)
    {
        ushort[] values = image.WriteToMemory<ushort>();
        int colours = image.Bands is 2 or 4 ? image.Bands - 1 : image.Bands;
        if (colours != image.Bands)
        {
            return (ToGray(values, image.Bands, value => value, ushort.MaxValue), 16);
        }

        // Detectors deliver 10 to 14 bits and many converters put them into 16-bit files as they are; divided by 65535 the picture would be
        // black.
        int maximum = 0;
        foreach (ushort value in values)
        {
            maximum = Math.Max(maximum, value);
        }

        int bits = 16;
        foreach (int candidate in (ReadOnlySpan<int>)[14, 12, 10])
        {
            if (maximum > 255 && maximum < 1 << candidate)
            {
                bits = candidate;
            }
        }

        if (bits != 16)
        {
            warnings.Add($"the 16-bit samples use {bits} bits only (largest value {maximum}); white is {(1 << bits) - 1}");
        }

        return (ToGray(values, image.Bands, value => value, (1 << bits) - 1), bits);
    }

    private static float[] ToGray<T>(T[] samples, int bands, Func<T, int> read, int white)
    {
        float[] gray = new float[samples.Length / bands];
        float scale = 1f / white;
        bool alpha = bands is 2 or 4;
        for (int i = 0; i < gray.Length; i++)
        {
            int first = i * bands;
            float value;
            if (bands <= 2)
            {
                value = read(samples[first]);
            }
            else
            {
                (int red, int green, int blue) = (read(samples[first]), read(samples[first + 1]), read(samples[first + 2]));
                value = red == green && green == blue ? green : (0.299f * red) + (0.587f * green) + (0.114f * blue);
            }

            value = value == white ? 1f : value * scale;
            gray[i] = alpha ? value * (read(samples[first + bands - 1]) * scale) : value;
        }

        return gray;
    }
}
