using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Imaging.Overlay;
using NetVips;

namespace CxrOnnx.Lab.Atlas;

/// <summary>Draws an atlas: the Gaussians of all 27 locations, one tile each, a row per side and a column per zone.</summary>
/// <remarks>After figure 3 of Vilouras et al., MIDL 2026 (arXiv:2506.10633).</remarks>
internal static class AtlasPicture
{
    private const int Tile = 168;
    private const int Gap = 10;
    private const int Caption = 26;
    private const int Columns = 8;
    private const int Rows = 4;

    // The ground stays dim, so that the colours show.
    private const double GroundBrightness = 0.75;

    /// <summary>Side of the ground that <see cref="Write"/> wants.</summary>
    public static int TileSide => Tile;

    /// <summary>Writes the picture as PNG.</summary>
    /// <param name="path">File.</param>
    /// <param name="atlas">The atlas.</param>
    /// <param name="ground">Mean radiograph [TileSide, TileSide] in [0,1]; null: outlines of lungs and heart instead.</param>
    /// <param name="groundName">What the ground is, for the caption; null without a ground.</param>
    public static void Write(string path, LocationAtlas atlas, float[]? ground, string? groundName)
    {
        int width = (Columns * (Tile + Gap)) + Gap,
            height = (Rows * (Tile + Caption + Gap)) + Gap;
        byte[] pixels = new byte[width * height * 3];
        Array.Fill<byte>(pixels, 0x14);
        SvgLayer text = new(width, height);
        foreach (Location location in Location.All)
        {
            (int row, int column) = PlaceOf(location);
            int left = Gap + (column * (Tile + Gap)),
                top = Gap + (row * (Tile + Caption + Gap)) + Caption;
            DrawTile(pixels, width, left, top, atlas.Map([location], Tile, Tile), ground);
            if (ground is null)
            {
                DrawOutlines(text, atlas, left, top);
            }

            text.Text(location.Name, left + (Tile / 2.0), top - 8, 11, "#f4f6f8", anchor: 0.5);
        }

        DrawNotes(text, atlas, ground is null ? "outlines: lungs and cardiac silhouette, 3 standard deviations" : $"ground: {groundName}");
        using Image picture = Image
            .NewFromMemory(pixels, width, height, 3, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        using Image layer = text.Render();
        using Image whole = picture.Composite2(layer, Enums.BlendMode.Over);
        using Image flat = whole.Flatten();
        byte[] png = flat.PngsaveBuffer(compression: 9, keep: Enums.ForeignKeep.None);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    private static (int Row, int Column) PlaceOf(Location location) =>
        location.Side == Side.None
            ? (3, location.Zone - Zone.Lingula)
            : (
                location.Side switch
                {
                    Side.Left => 0,
                    Side.Right => 1,
                    _ => 2,
                },
                location.Zone - Zone.Lung
            );

    private static void DrawTile(byte[] pixels, int stride, int left, int top, float[] map, float[]? ground)
    {
        for (int i = 0; i < map.Length; i++)
        {
            double gray = ground is null ? 40 : 255 * GroundBrightness * Math.Clamp(ground[i], 0f, 1f);
            (double red, double green, double blue) = ColourMap.At(map[i]);
            double opacity = ColourMap.Opacity(map[i], strongest: 0.85);
            int at = 3 * (((top + (i / Tile)) * stride) + left + (i % Tile));
            pixels[at] = Blend(gray, red, opacity);
            pixels[at + 1] = Blend(gray, green, opacity);
            pixels[at + 2] = Blend(gray, blue, opacity);
        }
    }

    private static byte Blend(double below, double above, double opacity) => (byte)Math.Round(below + (opacity * (above - below)));

    private static void DrawOutlines(SvgLayer layer, LocationAtlas atlas, int left, int top)
    {
        foreach (
            AnatomicalRegion region in (ReadOnlySpan<AnatomicalRegion>)
                [AnatomicalRegion.RightLung, AnatomicalRegion.LeftLung, AnatomicalRegion.CardiacSilhouette]
        )
        {
            LocationGaussian gaussian = atlas[region].ScaledTo(Tile);
            double rx = Math.Min(3 * gaussian.SigmaX, Tile / 2.0),
                ry = Math.Min(3 * gaussian.SigmaY, Tile / 2.0);
            double x = left + Math.Clamp(gaussian.MuX, rx, Tile - rx),
                y = top + Math.Clamp(gaussian.MuY, ry, Tile - ry);
            layer.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"M{x - rx:0.##} {y:0.##}A{rx:0.##} {ry:0.##} 0 1 0 {x + rx:0.##} {y:0.##}A{rx:0.##} {ry:0.##} 0 1 0 {x - rx:0.##} "
                        + $"{y:0.##}"
                ),
                "#a9b2bd",
                1,
                0.6
            );
        }
    }

    private static void DrawNotes(SvgLayer layer, LocationAtlas atlas, string groundNote)
    {
        const int Column = 3;
        const double WidestLine = ((Columns - Column) * (Tile + Gap)) - (2 * Gap);
        double x = Gap + (Column * (Tile + Gap)),
            y = Gap + (3 * (Tile + Caption + Gap)) + Caption;
        string[] lines =
        [
            "The patient's left is on the right. Colour: the location's Gaussian, 1 at its centre.",
            "Pleural and base lie in the lower zone, the lingula in the left mid zone.",
            groundNote,
            .. StrokeFont.Wrap($"atlas: {atlas.Source}", WidestLine / 10 * StrokeFont.CapHeight, mostLines: 3),
        ];
        foreach ((int index, string line) in lines.Index())
        {
            layer.Text(line, x, y + 12 + (index * 20), 10, "#a9b2bd");
        }

        double bar = y + Tile - 36;
        layer.Fill(x, bar, 260, 14, "#282828");
        layer.Bar(
            x,
            bar,
            260,
            14,
            Enumerable.Range(0, 33).Select(i => (i / 32.0, ColourMap.Hex(i / 32.0), ColourMap.Opacity(i / 32.0, 0.85)))
        );
        layer.Text("0", x, bar + 30, 10, "#a9b2bd");
        layer.Text("1", x + 260, bar + 30, 10, "#a9b2bd", anchor: 1);
    }
}
