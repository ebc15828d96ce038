namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// Strength to colour. The control points are eleven samples of "inferno" (van der Walt and Smith, published under CC0), linear in between:
/// lightness rises all the way, so the order survives colour blindness and gray printing.
/// </summary>
public static class ColourMap
{
    /// <summary>Below this strength nothing is drawn.</summary>
    public const double TransparentBelow = 0.15;

    /// <summary>Opacity at full strength: the anatomy stays visible beneath it.</summary>
    public const double StrongestOpacity = 0.55;

    private static readonly (byte R, byte G, byte B)[] Points =
    [
        (0, 0, 4),
        (22, 11, 57),
        (66, 10, 104),
        (106, 23, 110),
        (147, 38, 103),
        (188, 55, 84),
        (221, 81, 58),
        (243, 120, 25),
        (252, 165, 10),
        (246, 215, 70),
        (252, 255, 164),
    ];

    /// <summary>Colour of a strength.</summary>
    /// <param name="strength">[0,1]; values outside are clamped.</param>
    /// <returns>sRGB, 0 to 255 each.</returns>
    public static (double R, double G, double B) At(double strength)
    {
        double position = Math.Clamp(strength, 0, 1) * (Points.Length - 1);
        int below = Math.Min((int)position, Points.Length - 2);
        double share = position - below;
        (byte r0, byte g0, byte b0) = Points[below];
        (byte r1, byte g1, byte b1) = Points[below + 1];
        return (r0 + (share * (r1 - r0)), g0 + (share * (g1 - g0)), b0 + (share * (b1 - b0)));
    }

    /// <summary>Opacity of a strength, times <paramref name="strongest"/>: rises smoothly from <see cref="TransparentBelow"/>.</summary>
    public static double Opacity(double strength, double strongest = StrongestOpacity)
    {
        double share = Math.Clamp((strength - TransparentBelow) / (1 - TransparentBelow), 0, 1);
        return strongest * Math.Sqrt(share) * (1 - (0.35 * (1 - share)));
    }

    /// <summary>The colour as SVG writes it.</summary>
    internal static string Hex(double strength)
    {
        (double r, double g, double b) = At(strength);
        return $"#{(int)Math.Round(r):x2}{(int)Math.Round(g):x2}{(int)Math.Round(b):x2}";
    }
}
