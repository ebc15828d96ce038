using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Raster;
using NetVips;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// Draws a heatmap over its radiograph: the anatomy in gray, strength as colour and opacity, boxes, the peak, and below the picture (never
/// on it) a legend. Areas the model did not look at are dimmed.
/// </summary>
/// <remarks>Thread-safe. The same content gives the same bytes.</remarks>
public static class OverlayRenderer
{
    private const string Accent = "#5fe3ff";
    private const float DimOutsideView = 0.55f;
    private const int PngCompression = 4;

    /// <summary>Pixels between the two pictures of <see cref="OverlayMode.SideBySide"/>.</summary>
    private const int SideGap = 8;

    /// <summary>Draws one overlay.</summary>
    /// <returns>A PNG file: RGB, 8 bits, with the bundle's id and the preset in its text chunks.</returns>
    /// <exception cref="InputException">The heatmap has not the radiograph's size, or libvips cannot be loaded.</exception>
    public static byte[] Render(OverlayContent content, OverlayOptions? options = null)
    {
        LibVips.EnsureLoaded();
        using Image picture = Draw(content, options ?? new OverlayOptions());
        return Encode(picture, content);
    }

    /// <summary>Draws one overlay and leaves it uncompressed, for formats of other kinds.</summary>
    /// <returns>Width and height of the picture with its legend, and RGB of 8 bits, interleaved, row by row.</returns>
    /// <exception cref="InputException">The heatmap has not the radiograph's size, or libvips cannot be loaded.</exception>
    public static (int Width, int Height, byte[] Rgb) RenderPixels(OverlayContent content, OverlayOptions? options = null)
    {
        LibVips.EnsureLoaded();
        using Image picture = Draw(content, options ?? new OverlayOptions());
        return (picture.Width, picture.Height, picture.WriteToMemory<byte>());
    }

    /// <summary>Draws several overlays of one radiograph into one picture, row by row.</summary>
    /// <param name="contents">One or more overlays.</param>
    /// <param name="columns">Overlays per row.</param>
    /// <param name="tileWidth">Width of one overlay in pixels.</param>
    /// <returns>A PNG file.</returns>
    public static byte[] Montage(IReadOnlyList<OverlayContent> contents, int columns = 3, int tileWidth = 720)
    {
        LibVips.EnsureLoaded();
        Image[] tiles = new Image[contents.Count];
        for (int i = 0; i < tiles.Length; i++)
        {
            (int width, int height) = (contents[i].Image.Width, contents[i].Image.Height);
            OverlayOptions options = new()
            {
                MinWidth = Math.Min(tileWidth, 600),
                MaxSide = (int)Math.Ceiling(tileWidth * Math.Max(1, (double)height / width)),
            };
            tiles[i] = Draw(contents[i], options);
        }

        using Image joined = Image.Arrayjoin(
            tiles,
            across: Math.Min(columns, tiles.Length),
            shim: 12,
            background: [0.0, 0.0, 0.0],
            valign: Enums.Align.Low
        );
        byte[] png = Encode(joined, contents[0]);
        foreach (Image tile in tiles)
        {
            tile.Dispose();
        }

        return png;
    }

    private static Image Draw(OverlayContent content, OverlayOptions options)
    {
        (int width, int height) = (content.Image.Width, content.Image.Height);
        if (content.Heatmap.Length != width * height)
        {
            throw new InputException($"heatmap of {content.Heatmap.Length} values, the radiograph has {width} x {height}");
        }

        double scale = Scale(width, height, options);
        double opacity = options.Opacity * Math.Clamp(content.Emphasis, 0, 1);
        float[] drawn = DrawnHeatmap.Of(content.Heatmap.Span, width, height, content.CellSize);
        bool hasColours = content.Mode != OverlayMode.Contour;
        using Image scaled = Picture(content.Image, drawn, hasColours ? opacity : 0, scale);
        using Image bare = content.Mode == OverlayMode.SideBySide ? Picture(content.Image, drawn, 0, scale) : scaled.Copy();
        int left = content.Mode == OverlayMode.SideBySide ? scaled.Width + SideGap : 0;
        using Image joined =
            left == 0 ? scaled.Copy() : bare.Join(scaled, Enums.Direction.Horizontal, shim: SideGap, background: [0.0, 0.0, 0.0]);

        OverlayLegend legend = new(content, opacity, joined.Width, Accent);
        int total = joined.Height + legend.Height;
        SvgLayer layer = new(joined.Width, total);
        (double scaleX, double scaleY) = (scaled.Width / (double)width, scaled.Height / (double)height);
        if (!hasColours)
        {
            Contours(layer, content, drawn, scaleX, scaleY, legend.Unit);
        }

        Marks(layer, content, scaleX, scaleY, left, legend.Unit);
        legend.Draw(layer, joined.Height);
        using Image lines = layer.Render();
        using Image canvas = joined.Embed(0, 0, joined.Width, total, extend: Enums.Extend.Background, background: [0.0, 0.0, 0.0]);
        using Image composed = canvas.Composite2(lines, Enums.BlendMode.Over);
        return composed.Flatten().Cast(Enums.BandFormat.Uchar).CopyMemory();
    }

    /// <summary>The radiograph with the colours blended in, at its size in the picture.</summary>
    private static Image Picture(GrayImage image, float[] heat, double opacity, double scale)
    {
        using Image blended = Image
            .NewFromMemory(Blend(image, heat, opacity), image.Width, image.Height, 3, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        return scale == 1 ? blended.CopyMemory() : blended.Resize(scale, kernel: scale > 1 ? Enums.Kernel.Cubic : Enums.Kernel.Lanczos3);
    }

    /// <summary>The line of the threshold, and thinner ones above it; dashed ones where the map is not to be believed.</summary>
    private static void Contours(SvgLayer layer, OverlayContent content, float[] map, double scaleX, double scaleY, double unit)
    {
        int step = Math.Max(1, (int)(content.CellSize / 2));
        foreach ((double level, double weight) in OverlayLegend.ContourLevels(content.Threshold))
        {
            string path = ContourLines.Path(map, content.Image.Width, content.Image.Height, level, step, scaleX, scaleY, left: 0);
            if (path.Length > 0)
            {
                layer.Outline(path, ColourMap.Hex(ContourColour(level)), Math.Max(1.3, unit * 0.14) * weight);
            }
        }
    }

    /// <summary>The dark end of the colour map would not be seen on a radiograph.</summary>
    internal static double ContourColour(double level) => 0.55 + (0.45 * level);

    private static double Scale(int width, int height, OverlayOptions options)
    {
        int longest = Math.Max(width, height);
        if (longest > options.MaxSide)
        {
            return options.MaxSide / (double)longest;
        }

        int factor = (int)Math.Ceiling(options.MinWidth / (double)width);
        return Math.Max(1, Math.Min(factor, options.MaxSide / longest));
    }

    /// <summary>The radiograph with the colours blended in, RGB interleaved.</summary>
    internal static byte[] Blend(GrayImage image, ReadOnlySpan<float> heat, double opacity)
    {
        const int levels = 1024;
        (float R, float G, float B, float Opacity)[] table = new (float, float, float, float)[levels + 1];
        for (int i = 0; i <= levels; i++)
        {
            (double r, double g, double b) = ColourMap.At(i / (double)levels);
            table[i] = ((float)r, (float)g, (float)b, (float)ColourMap.Opacity(i / (double)levels, opacity));
        }

        float[] pixels = image.Pixels;
        byte[] rgb = new byte[pixels.Length * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            float gray = pixels[i] * byte.MaxValue;
            float strength = heat[i];
            if (float.IsNaN(strength))
            {
                byte dim = (byte)MathF.Round(gray * DimOutsideView);
                (rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]) = (dim, dim, dim);
                continue;
            }

            (float r, float g, float b, float share) = table[(int)(Math.Clamp(strength, 0f, 1f) * levels)];
            rgb[i * 3] = (byte)MathF.Round(gray + (share * (r - gray)));
            rgb[(i * 3) + 1] = (byte)MathF.Round(gray + (share * (g - gray)));
            rgb[(i * 3) + 2] = (byte)MathF.Round(gray + (share * (b - gray)));
        }

        return rgb;
    }

    private static void Marks(SvgLayer layer, OverlayContent content, double scaleX, double scaleY, double left, double unit)
    {
        double thickness = Math.Max(1.3, unit * 0.14);
        foreach (PixelBox box in content.Boxes)
        {
            (double x0, double y0) = (Math.Max(box.X * scaleX, thickness / 2), Math.Max(box.Y * scaleY, thickness / 2));
            (double x1, double y1) = (
                Math.Min(box.Right * scaleX, (content.Image.Width * scaleX) - (thickness / 2)),
                Math.Min(box.Bottom * scaleY, (content.Image.Height * scaleY) - (thickness / 2))
            );
            (x0, x1) = (x0 + left, x1 + left);
            layer.Outline(
                string.Create(CultureInfo.InvariantCulture, $"M{x0:0.##} {y0:0.##}H{x1:0.##}V{y1:0.##}H{x0:0.##}Z"),
                Accent,
                thickness,
                content.IsDoubtful ? string.Create(CultureInfo.InvariantCulture, $"{thickness * 4:0.##} {thickness * 3:0.##}") : ""
            );
        }

        if (content.Peak is not { } peak)
        {
            return;
        }

        // A cross with a free middle: the pixel itself stays visible.
        (double x, double y) = (left + (peak.X * scaleX), peak.Y * scaleY);
        (double inner, double outer) = (unit * 0.35, unit * 1.1);
        layer.Outline(
            string.Create(
                CultureInfo.InvariantCulture,
                $"M{x - outer:0.##} {y:0.##}H{x - inner:0.##}M{x + inner:0.##} {y:0.##}H{x + outer:0.##}M{x:0.##} "
                    + $"{y - outer:0.##}V{y - inner:0.##}M{x:0.##} {y + inner:0.##}V{y + outer:0.##}"
            ),
            "#ffffff",
            thickness
        );
    }

    private static byte[] Encode(Image picture, OverlayContent content)
    {
        using Image described = picture.Mutate(image =>
        {
            image.Set(GValue.GStrType, "png-comment-0-Software", "CxrOnnx");
            image.Set(GValue.GStrType, "png-comment-1-CxrOnnx-bundle", content.BundleId);
            image.Set(GValue.GStrType, "png-comment-2-CxrOnnx-preset", content.Preset);
            int next = 3;
            foreach ((string keyword, string text) in content.TextChunks)
            {
                image.Set(GValue.GStrType, FormattableString.Invariant($"png-comment-{next++}-{keyword}"), text);
            }
        });
        return described.PngsaveBuffer(compression: PngCompression);
    }
}
