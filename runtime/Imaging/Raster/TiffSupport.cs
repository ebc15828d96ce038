using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Raster;

/// <summary>Which kinds of TIFF and JPEG can be read. What cannot is called that before the decoder calls it damaged.</summary>
internal static class TiffSupport
{
    /// <summary>PhotometricInterpretation of gray whose 0 is white.</summary>
    public const int MinIsWhite = 0;

    /// <summary>PhotometricInterpretation of brightness and two colour differences.</summary>
    public const int YCbCr = 6;

    /// <summary>Compression scheme of JPEG in TIFF.</summary>
    public const int JpegCompression = 7;

    private const int Uncompressed = 1;
    private const int Unsigned = 1;

    /// <summary>
    /// Schemes that the shipped libvips decodes: none, CCITT (2 to 4), LZW, JPEG, Deflate (two numbers) and PackBits.
    /// </summary>
    private static readonly HashSet<int> Compressions = [Uncompressed, 2, 3, 4, 5, JpegCompression, 8, 32946, 32773];

    /// <summary>Whether colour differences are stored for groups of pixels.</summary>
    public static bool IsSubsampled(TiffDirectory tiff) => (tiff.Subsampling ?? (2, 2)) != (1, 1);

    /// <summary>Refuses what cannot be read as a gray picture.</summary>
    /// <exception cref="InputException">The kind is not supported; the message names it.</exception>
    public static void Check(TiffDirectory tiff, string name)
    {
        string? what = tiff switch
        {
            _ when !Compressions.Contains(tiff.Compression) => $"compression {tiff.Compression}",
            { SampleFormat: 3 } => "samples of type Float",
            { SampleFormat: not Unsigned } => $"signed or undefined samples (SampleFormat {tiff.SampleFormat})",
            { Bits: not (1 or 2 or 4 or 8 or 16) } => $"{tiff.Bits} bits per sample",
            { Photometric: -1 } => "no PhotometricInterpretation",
            { Colours: 0 } => $"photometric interpretation {tiff.Photometric}",
            { Photometric: YCbCr, Bits: not 8 } => $"YCbCr with {tiff.Bits} bits per sample",
            _ when tiff.Samples < tiff.Colours => $"{tiff.Samples} sample(s) per pixel for a colour picture",
            _ => null,
        };
        if (what is not null)
        {
            throw Refuse(name, what);
        }
    }

    /// <summary>
    /// Refuses YCbCr that does not say how it is subsampled, unless its size shows it: the standard's default gives garbage for others.
    /// </summary>
    /// <exception cref="InputException">That is the case.</exception>
    public static void CheckSubsampling(TiffDirectory tiff, int width, int height, string name)
    {
        bool silent = tiff is { Photometric: YCbCr, Subsampling: null, Compression: not JpegCompression };
        if (silent && (tiff.Compression != Uncompressed || tiff.StripBytes >= 3L * width * height))
        {
            throw Refuse(name, "YCbCr that does not say how its colours are sampled (YCbCrSubSampling)");
        }
    }

    /// <summary>Refuses JPEG streams of other processes than the two common ones with 8 bits.</summary>
    /// <exception cref="InputException">The kind is not supported; the message names it.</exception>
    public static void CheckJpeg(ReadOnlySpan<byte> content, string name)
    {
        for (int at = 2; at + 4 < content.Length && content[at] == 0xFF; )
        {
            byte marker = content[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                int precision = content[at + 4];
                string? what =
                    precision != 8 ? $"{precision} bits per sample"
                    : marker is 0xC0 or 0xC1 or 0xC2 ? null
                    : marker is 0xC3 or 0xC7 or 0xCB or 0xCF ? "lossless coding"
                    : marker is 0xC9 or 0xCA ? null
                    : "hierarchical coding";
                if (what is not null)
                {
                    throw new InputException(
                        $"{name}: JPEG with {what} is not supported; want 8-bit baseline or progressive JPEG: convert the image"
                    );
                }

                return;
            }

            if (marker == 0xDA)
            {
                return;
            }

            at += 2 + (marker is 0x01 or (>= 0xD0 and <= 0xD8) ? 0 : (content[at + 2] << 8) | content[at + 3]);
        }
    }

    private static InputException Refuse(string name, string what) =>
        new(
            $"{name}: TIFF with {what} is not supported; want gray, palette, RGB or YCbCr of 8 or 16-bit unsigned integers: convert the "
                + $"image"
        );
}
