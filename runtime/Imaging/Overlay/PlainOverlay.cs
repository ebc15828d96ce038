using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Raster;
using NetVips;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// A small picture of a radiograph with a heatmap over it and nothing else: for pages that add words and boxes themselves.
/// </summary>
public static class PlainOverlay
{
    private const int JpegQuality = 84;

    /// <summary>The radiograph at a smaller size.</summary>
    /// <param name="image">The radiograph.</param>
    /// <param name="longestSide">Longer side of the result in pixels; a smaller image is returned as it is.</param>
    public static GrayImage Shrink(GrayImage image, int longestSide)
    {
        LibVips.EnsureLoaded();
        double scale = longestSide / (double)Math.Max(image.Width, image.Height);
        if (scale >= 1)
        {
            return image;
        }

        using Image full = Image.NewFromMemory(image.Pixels, image.Width, image.Height, 1, Enums.BandFormat.Float);
        using Image small = full.Resize(scale, kernel: Enums.Kernel.Lanczos3);
        float[] pixels = small.WriteToMemory<float>();
        for (int i = 0; i < pixels.Length; i++)
        {
            // The kernel overshoots at edges.
            pixels[i] = Math.Clamp(pixels[i], 0, 1);
        }

        return new GrayImage(small.Width, small.Height, pixels);
    }

    /// <summary>Draws.</summary>
    /// <param name="image">The radiograph.</param>
    /// <param name="heatmap">
    /// float32 [H, W] of its size in [0,1], NaN where the model did not look (drawn dimmed); null for the radiograph alone.
    /// </param>
    /// <returns>A JPEG file.</returns>
    /// <exception cref="InputException">The sizes differ.</exception>
    public static byte[] Jpeg(GrayImage image, float[]? heatmap)
    {
        if (heatmap is not null && heatmap.Length != image.Pixels.Length)
        {
            throw new InputException($"heatmap of {heatmap.Length} values, the radiograph has {image.Size}");
        }

        LibVips.EnsureLoaded();
        byte[] pixels = OverlayRenderer.Blend(image, heatmap ?? new float[image.Pixels.Length], ColourMap.StrongestOpacity);
        using Image picture = Image
            .NewFromMemory(pixels, image.Width, image.Height, 3, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        return picture.JpegsaveBuffer(q: JpegQuality, keep: Enums.ForeignKeep.None);
    }
}
