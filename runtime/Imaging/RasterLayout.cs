using CxrOnnx.Core;

namespace CxrOnnx.Imaging;

/// <summary>What the bands of a decoded picture mean.</summary>
/// <param name="Colours">Bands of colour, 1 or 3; they come first.</param>
/// <param name="Alpha">Index of the band of transparency, or null.</param>
/// <param name="Premultiplied">Whether the colours already have the transparency in them.</param>
/// <param name="LumaFirst">Whether the first of three colours is the brightness itself (YCbCr).</param>
/// <param name="MinIsWhite">Whether the decoder turned the stored values of the colours round.</param>
/// <param name="Remarks">What was left out.</param>
internal sealed record RasterLayout(
    int Colours, int? Alpha, bool Premultiplied, bool LumaFirst, bool MinIsWhite, IReadOnlyList<string> Remarks)
{
    private const int Associated = 1;
    private const int Unassociated = 2;

    /// <summary>What the result calls the samples.</summary>
    public string Name => (LumaFirst ? "ycbcr" : Colours == 1 ? "gray" : "rgb") + (Alpha is null ? "" : "+alpha");

    /// <summary>Layout of a PNG or JPEG picture.</summary>
    /// <exception cref="InputException">It is CMYK or of another kind without gray.</exception>
    public static RasterLayout Of(int bands, bool hasAlpha, string interpretation, string name) => bands switch
    {
        1 or 3 => new(bands, null, false, false, false, []),
        2 => new(1, 1, false, false, false, []),
        4 when hasAlpha => new(3, 3, false, false, false, []),
        _ => throw new InputException(
            $"{name}: {bands} channels ({interpretation}); want gray or RGB, with or without alpha: convert the image"),
    };

    /// <summary>Layout of a TIFF picture. A sample besides the colours is transparency only where the file says so.</summary>
    public static RasterLayout Of(TiffDirectory tiff, int bands)
    {
        bool ycbcr = tiff.Photometric == TiffSupport.YCbCr;
        bool jpeg = ycbcr && tiff.Compression == TiffSupport.JpegCompression;
        bool subsampled = ycbcr && !jpeg && TiffSupport.IsSubsampled(tiff);
        bool converted = jpeg || subsampled;

        // Subsampled colour comes as RGB with an opaque fourth band of the decoder's own.
        int extra = subsampled ? bands - 3 : Math.Max(0, tiff.Samples - tiff.Colours);
        int colours = bands - extra;
        int declared = tiff.ExtraSamples.Take(extra).ToList().FindIndex(kind => kind is Associated or Unassociated);
        int left = converted ? 0 : extra - (declared < 0 ? 0 : 1);
        return new RasterLayout(
            colours,
            declared < 0 || converted ? null : colours + declared,
            declared >= 0 && tiff.ExtraSamples[declared] == Associated,
            ycbcr && !converted,
            tiff.Photometric == TiffSupport.MinIsWhite,
            left == 0
                ? []
                : [$"{left} sample(s) of every pixel are not said to be colour or transparency (ExtraSamples) and were left out"]);
    }
}
