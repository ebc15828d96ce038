namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// A single-stroke alphabet drawn for this project. Pictures look the same on every machine: a container has no fonts, and the usual
/// text libraries write a font cache into the user's home.
/// </summary>
/// <remarks>Units: capitals reach from y = 0 down to the baseline at y = 10, small letters from 3.4, descenders to 13.2.</remarks>
internal static class StrokeFont
{
    /// <summary>Height of a capital letter.</summary>
    public const double CapHeight = 10;

    /// <summary>Line thickness that suits running text.</summary>
    public const double Stroke = 1.05;

    private const double Gap = 2.2;
    private const double SpaceWidth = 3.4;

    private const string RightBowl = "M0 5.2C.6 4 1.4 3.4 2.4 3.4C4 3.4 5 4.7 5 6.7S4 10 2.4 10C1.4 10 .6 9.4 0 8.2";
    private const string LeftBowl = "M5 5.2C4.4 4 3.6 3.4 2.6 3.4C1 3.4 0 4.7 0 6.7S1 10 2.6 10C3.6 10 4.4 9.4 5 8.2";
    private const string Arch = "M0 5.6C.5 4.2 1.4 3.4 2.6 3.4C4 3.4 4.8 4.3 4.8 6V10";
    private const string Round = "M3.8 0C1.5 0 0 2 0 5S1.5 10 3.8 10S7.6 8 7.6 5S6.1 0 3.8 0Z";

    private static readonly (double Width, string Path) Unknown = (5, "M0 0H5V10H0Z");

    private static readonly Dictionary<char, (double Width, string Path)> Glyphs = new()
    {
        ['A'] = (7, "M0 10L3.5 0L7 10M1.2 6.6H5.8"),
        ['B'] = (6.2, "M0 4.8H3.6A2.6 2.6 0 0 1 3.6 10H0V0H3.2A2.4 2.4 0 0 1 3.2 4.8"),
        ['C'] = (6.8, "M6.8 2.2C6 .7 4.9 0 3.7 0C1.5 0 0 2 0 5S1.5 10 3.7 10C4.9 10 6 9.3 6.8 7.8"),
        ['D'] = (6.6, "M0 0V10H2.6A4 5 0 0 0 2.6 0Z"),
        ['E'] = (5.4, "M5.4 0H0V10H5.4M0 4.8H4.6"),
        ['F'] = (5.2, "M5.2 0H0V10M0 4.8H4.4"),
        ['G'] = (7, "M6.8 2.2C6 .7 4.9 0 3.7 0C1.5 0 0 2 0 5S1.5 10 3.7 10C5.8 10 7 8.6 7 5.6H4.2"),
        ['H'] = (6.4, "M0 0V10M6.4 0V10M0 4.8H6.4"),
        ['I'] = (0, "M0 0V10"),
        ['J'] = (4.4, "M4.4 0V7A2.2 3 0 0 1 0 7"),
        ['K'] = (6.2, "M0 0V10M6 0L0 6.2M2.2 4L6.2 10"),
        ['L'] = (5, "M0 0V10H5"),
        ['M'] = (8, "M0 10V0L4 7L8 0V10"),
        ['N'] = (6.6, "M0 10V0L6.6 10V0"),
        ['O'] = (7.6, Round),
        ['P'] = (6.1, "M0 10V0H3.4A2.7 2.7 0 0 1 3.4 5.4H0"),
        ['Q'] = (7.6, Round + "M4.8 7.4L7.6 10.8"),
        ['R'] = (6.2, "M0 10V0H3.4A2.6 2.6 0 0 1 3.4 5.2H0M3 5.2L6.2 10"),
        ['S'] = (6, "M5.6 1.9C5 .6 4.1 0 2.9 0C1.3 0 .3 1 .3 2.4C.3 5.6 5.9 4.2 5.9 7.4C5.9 9 4.7 10 3 10C1.5 10 .4 9.2 0 7.9"),
        ['T'] = (6.4, "M0 0H6.4M3.2 0V10"),
        ['U'] = (6.4, "M0 0V6.6C0 8.8 1.2 10 3.2 10S6.4 8.8 6.4 6.6V0"),
        ['V'] = (7, "M0 0L3.5 10L7 0"),
        ['W'] = (10, "M0 0L2.5 10L5 1.6L7.5 10L10 0"),
        ['X'] = (6.6, "M0 0L6.6 10M6.6 0L0 10"),
        ['Y'] = (6.6, "M0 0L3.3 5.2V10M6.6 0L3.3 5.2"),
        ['Z'] = (6.2, "M0 0H6.2L0 10H6.2"),
        ['a'] = (5, "M5 3.4V10" + LeftBowl),
        ['b'] = (5, "M0 0V10" + RightBowl),
        ['c'] = (4.6, "M4.6 4.9C4.1 3.9 3.4 3.4 2.5 3.4C.9 3.4 0 4.7 0 6.7S.9 10 2.5 10C3.4 10 4.1 9.5 4.6 8.5"),
        ['d'] = (5, "M5 0V10" + LeftBowl),
        ['e'] = (5, "M.1 6.5H5C5 4.6 4 3.4 2.5 3.4C.9 3.4 0 4.7 0 6.7S.9 10 2.6 10C3.6 10 4.4 9.5 4.8 8.6"),
        ['f'] = (3.2, "M3.4 .1C2 -.2 1.3 .5 1.3 2V10M0 3.4H3"),
        ['g'] = (5, "M5 3.4V10.6C5 12.3 4 13.2 2.5 13.2C1.5 13.2 .8 12.9 .3 12.2" + LeftBowl),
        ['h'] = (4.8, "M0 0V10" + Arch),
        ['i'] = (0, "M0 3.4V10M0 .5V.8"),
        ['j'] = (1.4, "M1.4 3.4V11.2C1.4 12.6 .8 13.2 -.2 13.2M1.4 .5V.8"),
        ['k'] = (4.8, "M0 0V10M4.6 3.4L0 7.6M1.8 6L4.8 10"),
        ['l'] = (1.3, "M0 0V8.4C0 9.5 .4 10 1.3 10"),
        ['m'] = (8, "M0 3.4V10M0 5.6C.4 4.2 1.2 3.4 2.3 3.4C3.5 3.4 4 4.3 4 5.8V10M4 5.6C4.4 4.2 5.2 3.4 6.3 3.4C7.5 3.4 8 4.3 8 5.8V10"),
        ['n'] = (4.8, "M0 3.4V10" + Arch),
        ['o'] = (5.2, "M2.6 3.4C1 3.4 0 4.7 0 6.7S1 10 2.6 10S5.2 8.7 5.2 6.7S4.2 3.4 2.6 3.4Z"),
        ['p'] = (5, "M0 3.4V13.2" + RightBowl),
        ['q'] = (5, "M5 3.4V13.2" + LeftBowl),
        ['r'] = (2.9, "M0 3.4V10M0 6C.4 4.4 1.4 3.3 2.9 3.5"),
        ['s'] = (4.4, "M4.1 4.6C3.7 3.8 3 3.4 2.2 3.4C1 3.4 .2 4.1 .2 5C.2 7.2 4.4 6.2 4.4 8.3C4.4 9.4 3.5 10 2.2 10C1.2 10 .4 9.5 0 8.6"),
        ['t'] = (3, "M1.2 1.2V8.2C1.2 9.6 1.8 10.2 3 9.9M0 3.4H2.9"),
        ['u'] = (4.8, "M4.8 3.4V10M0 3.4V7.4C0 9.1 .8 10 2.2 10C3.4 10 4.3 9.2 4.8 7.8"),
        ['v'] = (5, "M0 3.4L2.5 10L5 3.4"),
        ['w'] = (7.6, "M0 3.4L1.9 10L3.8 4.2L5.7 10L7.6 3.4"),
        ['x'] = (4.8, "M0 3.4L4.8 10M4.8 3.4L0 10"),
        ['y'] = (5, "M0 3.4L2.6 10M5 3.4L2.2 11.6C1.8 12.8 1.2 13.3 .2 13.2"),
        ['z'] = (4.6, "M0 3.4H4.6L0 10H4.6"),
        ['0'] = (5.6, "M2.8 0C1 0 0 1.9 0 5S1 10 2.8 10S5.6 8.1 5.6 5S4.6 0 2.8 0Z"),
        ['1'] = (5.6, "M.9 2L3.2 0V10"),
        ['2'] = (5.6, "M.2 2.6C.3 1 1.3 0 2.8 0C4.4 0 5.4 1 5.4 2.6C5.4 4.6 3.6 5.8 0 10H5.6"),
        ['3'] = (
            5.6,
            "M.2 1.9C.6 .7 1.5 0 2.7 0C4.3 0 5.3 1 5.3 2.4C5.3 3.9 4.2 4.7 2.6 4.7C4.5 4.7 5.6 5.7 5.6 7.3C5.6 9 4.4 10 2.7 10C1.3 10 "
                + ".3 9.3 0 8"
        ),
        ['4'] = (5.8, "M4.2 10V0L0 6.8H5.8"),
        ['5'] = (5.6, "M5 0H.9L.5 4.8C1.1 4.2 1.9 3.9 2.7 3.9C4.5 3.9 5.6 5.1 5.6 6.9S4.4 10 2.6 10C1.3 10 .4 9.4 0 8.3"),
        ['6'] = (5.6, "M4.9 1.2C4.4 .4 3.8 0 3 0C1 0 0 2.2 0 6C0 8.6 1 10 2.8 10C4.5 10 5.6 8.7 5.6 6.9S4.5 4 2.9 4C1.6 4 .6 4.8 .1 6"),
        ['7'] = (5.6, "M0 0H5.6L2 10"),
        ['8'] = (
            5.6,
            "M2.8 4.6C1.2 4.6 .3 3.7 .3 2.3S1.2 0 2.8 0S5.3 .9 5.3 2.3S4.4 4.6 2.8 4.6C1 4.6 0 5.7 0 7.3S1 10 2.8 10S5.6 8.9 5.6 "
                + "7.3S4.6 4.6 2.8 4.6Z"
        ),
        ['9'] = (
            5.6,
            "M.7 8.8C1.2 9.6 1.8 10 2.6 10C4.6 10 5.6 7.8 5.6 4C5.6 1.4 4.6 0 2.8 0C1.1 0 0 1.3 0 3.1S1.1 6 2.7 6C4 6 5 5.2 5.5 4"
        ),
        ['.'] = (0, "M0 9.7V10"),
        [','] = (.6, "M.4 9.6V10C.4 10.8 .2 11.4 -.3 11.9"),
        [':'] = (0, "M0 4.2V4.5M0 9.7V10"),
        [';'] = (.6, "M.4 4.2V4.5M.4 9.6V10C.4 10.8 .2 11.4 -.3 11.9"),
        ['-'] = (3.2, "M0 6.2H3.2"),
        ['_'] = (5.6, "M0 11.4H5.6"),
        ['+'] = (5.6, "M0 5.6H5.6M2.8 2.8V8.4"),
        ['='] = (5.6, "M0 4.2H5.6M0 7H5.6"),
        ['/'] = (4.2, "M0 11L4.2 -.6"),
        ['\\'] = (4.2, "M0 -.6L4.2 11"),
        ['|'] = (0, "M0 -.6V11.6"),
        ['('] = (2.2, "M2.2 -1C.8 .8 0 2.8 0 5.2S.8 9.8 2.2 11.6"),
        [')'] = (2.2, "M0 -1C1.4 .8 2.2 2.8 2.2 5.2S1.4 9.8 0 11.6"),
        ['['] = (1.9, "M1.9 -1H0V11.6H1.9"),
        [']'] = (1.9, "M0 -1H1.9V11.6H0"),
        ['<'] = (5.2, "M5.2 2.2L0 5.7L5.2 9.2"),
        ['>'] = (5.2, "M0 2.2L5.2 5.7L0 9.2"),
        ['\''] = (0, "M0 0V2.4"),
        ['"'] = (2, "M0 0V2.4M2 0V2.4"),
        ['!'] = (0, "M0 0V6.8M0 9.7V10"),
        ['?'] = (5, "M0 2.2C.3 .8 1.2 0 2.5 0C4 0 5 .9 5 2.4C5 4.4 2.5 4.6 2.5 7M2.5 9.7V10"),
        ['%'] = (
            8.6,
            "M7.6 0L1 10M1.8 0C.7 0 0 .9 0 2.3S.7 4.6 1.8 4.6S3.6 3.7 3.6 2.3S2.9 0 1.8 0ZM6.8 5.4C5.7 5.4 5 6.3 5 7.7S5.7 10 6.8 "
                + "10S8.6 9.1 8.6 7.7S7.9 5.4 6.8 5.4Z"
        ),
        ['#'] = (5.8, "M1.6 1L.8 9.6M4.8 1L4 9.6M0 3.6H5.8M-.2 7H5.6"),
        ['*'] = (3.8, "M1.9 .4V4.8M0 1.5L3.8 3.7M3.8 1.5L0 3.7"),
        ['&'] = (6.6, "M6.6 10L1.6 3.4C.6 1.8 1.2 0 2.8 0C4.2 0 4.8 1.2 4.2 2.4C3.6 3.6 0 4.6 0 7.2C0 9 1.2 10 2.8 10C4.6 10 6 8.4 6.2 6"),
        ['~'] = (5.6, "M0 6.2C1 4.8 2 5 2.8 5.6S4.6 6.4 5.6 5"),
        ['\u00B7'] = (0, "M0 5.6V5.9"),
        ['\u00D7'] = (4.4, "M0 3.6L4.4 8M4.4 3.6L0 8"),
        ['\u2026'] = (5.6, "M0 9.7V10M2.8 9.7V10M5.6 9.7V10"),
    };

    /// <summary>Width of a text in font units, without a gap after its last letter.</summary>
    public static double Measure(string text)
    {
        double width = 0;
        foreach (char letter in text)
        {
            width += letter == ' ' ? SpaceWidth : Glyph(letter).Width + Gap;
        }

        return Math.Max(0, width - Gap);
    }

    /// <summary>The outlines of a text: x offset and SVG path of every visible letter.</summary>
    public static IEnumerable<(double X, string Path)> Outlines(string text)
    {
        double x = 0;
        foreach (char letter in text)
        {
            if (letter == ' ')
            {
                x += SpaceWidth;
                continue;
            }

            (double width, string path) = Glyph(letter);
            yield return (x, path);
            x += width + Gap;
        }
    }

    /// <summary>Breaks a text into lines of at most <paramref name="width"/> units; what does not fit ends in an ellipsis.</summary>
    public static IReadOnlyList<string> Wrap(string text, double width, int mostLines)
    {
        List<string> lines = [];
        string line = "";
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length == 0 || Measure(longer) <= width)
            {
                line = longer;
                continue;
            }

            lines.Add(line);
            line = word;
        }

        if (line.Length > 0)
        {
            lines.Add(line);
        }

        bool cut = lines.Count > mostLines;
        return [.. lines.Take(mostLines).Select((value, index) => Fit(value, width, cut && index == mostLines - 1))];
    }

    private static string Fit(string line, double width, bool always)
    {
        if (!always && Measure(line) <= width)
        {
            return line;
        }

        int length = line.Length;
        while (length > 1 && Measure($"{line[..length].TrimEnd()}\u2026") > width)
        {
            length--;
        }

        return $"{line[..length].TrimEnd()}\u2026";
    }

    private static (double Width, string Path) Glyph(char letter) =>
        Glyphs.TryGetValue(letter, out (double, string) glyph) ? glyph : Unknown;
}
