using System.Globalization;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>The strip below the picture: phrase, what was found, which model said so, and the colour scale.</summary>
internal sealed class OverlayLegend
{
    private const int MostPhraseLines = 3;
    private const int Stops = 32;
    private const string Ground = "#14171c";
    private const string Bright = "#f4f6f8";
    private const string Soft = "#a9b2bd";
    private const string Doubt = "#ffd166";
    private const string Dimmed = "dimmed: not seen by the model";

    private readonly OverlayContent _content;
    private readonly double _opacity;
    private readonly int _width;
    private readonly string _accent;
    private readonly double _margin;
    private readonly double _barWidth;
    private readonly IReadOnlyList<string> _phrase;
    private readonly IReadOnlyList<(string Text, string Colour)> _details;

    /// <summary>Lays the legend out.</summary>
    public OverlayLegend(OverlayContent content, double opacity, int width, string accent)
    {
        _content = content;
        _opacity = opacity;
        _width = width;
        _accent = accent;
        Unit = Math.Clamp(width / 62.0, 8.5, 34);
        _margin = Unit * 1.5;
        _barWidth = width * 0.30;
        double textWidth = (width - _barWidth - (3 * _margin)) / Unit * StrokeFont.CapHeight;
        _phrase = StrokeFont.Wrap(content.Phrase, textWidth / PhraseScale, MostPhraseLines);
        _details =
        [
            .. Details().SelectMany(line => StrokeFont.Wrap(line.Text, textWidth / DetailScale, 2).Select(text => (text, line.Colour))),
        ];
        double left = (_phrase.Count * Unit * 2.3) + (_details.Count * Unit * 1.55);
        Height = (int)Math.Ceiling((2 * _margin) + Math.Max(left, Unit * 6.2));
    }

    /// <summary>Height of a capital letter in pixels, from which all sizes follow.</summary>
    public double Unit { get; }

    /// <summary>Height of the strip in pixels.</summary>
    public int Height { get; }

    private static double PhraseScale => 1.3;

    private static double DetailScale => 0.85;

    /// <summary>Draws the legend from <paramref name="top"/> on.</summary>
    public void Draw(SvgLayer layer, int top)
    {
        layer.Fill(0, top, _width, Height, Ground);
        double y = top + _margin;
        foreach (string line in _phrase)
        {
            layer.Text(line, _margin, y + (Unit * PhraseScale), Unit * PhraseScale, Bright, weight: 1.2);
            y += Unit * 2.3;
        }

        y += Unit * 0.3;
        foreach ((string line, string colour) in _details)
        {
            layer.Text(line, _margin, y + (Unit * DetailScale), Unit * DetailScale, colour);
            y += Unit * 1.55;
        }

        DrawScale(layer, top);
    }

    /// <summary>The strengths that <see cref="OverlayMode.Contour"/> draws lines at, with their relative thickness.</summary>
    public static IEnumerable<(double Level, double Weight)> ContourLevels(double threshold) =>
        [(threshold, 1.3), (threshold + ((1 - threshold) * 0.4), 0.8), (threshold + ((1 - threshold) * 0.8), 0.8)];

    /// <summary>One short line per level, with its number.</summary>
    private void DrawLevels(SvgLayer layer, double x, double y)
    {
        double size = Unit * DetailScale;
        foreach ((double level, double weight) in ContourLevels(_content.Threshold))
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"M{x:0.##} {y - (size / 2):0.##}H{x + (Unit * 3):0.##}");
            layer.Outline(line, ColourMap.Hex(OverlayRenderer.ContourColour(level)), Math.Max(1.3, Unit * 0.14) * weight);
            layer.Text(level.ToString("0.0#", CultureInfo.InvariantCulture), x + (Unit * 4), y, size, Soft);
            y += Unit * 1.55;
        }
    }

    private void DrawScale(SvgLayer layer, int top)
    {
        double x = _width - _margin - _barWidth;
        double size = Unit * DetailScale;
        double y = top + _margin;
        layer.Text(_content.Scale, x, y + size, size, Soft);
        double bar = y + (Unit * 1.6);
        if (_content.Mode == OverlayMode.Contour)
        {
            DrawLevels(layer, x, bar + size);
            return;
        }

        double height = Unit * 1.5;

        // The bar lies on the gray of soft tissue, as the colours do in the picture.
        layer.Fill(x, bar, _barWidth, height, "#6b6b6b");
        layer.Bar(
            x,
            bar,
            _barWidth,
            height,
            Enumerable
                .Range(0, Stops + 1)
                .Select(i =>
                {
                    double strength = i / (double)Stops;
                    return (strength, ColourMap.Hex(strength), ColourMap.Opacity(strength, _opacity));
                })
        );
        double labels = bar + height + (Unit * 1.5);
        foreach ((double value, double anchor) in (ReadOnlySpan<(double, double)>)[(0, 0), (1, 1)])
        {
            layer.Text(value.ToString("0.#", CultureInfo.InvariantCulture), x + (value * _barWidth), labels, size, Soft, anchor);
        }

        if (_content.Boxes.Count == 0)
        {
            return;
        }

        double mark = x + (Math.Clamp(_content.Threshold, 0, 1) * _barWidth);
        layer.Outline(
            string.Create(CultureInfo.InvariantCulture, $"M{mark:0.##} {bar - (Unit * 0.25):0.##}V{bar + height + (Unit * 0.25):0.##}"),
            _accent,
            Unit * 0.14
        );
        layer.Text(string.Create(CultureInfo.InvariantCulture, $"box {_content.Threshold:0.##}"), mark, labels, size, _accent, 0.5);
    }

    private IEnumerable<(string Text, string Colour)> Details()
    {
        if (_content.Grounded.Length > 0)
        {
            yield return ($"grounded as: {_content.Grounded}", Bright);
        }

        if (_content.Verdict.Length > 0)
        {
            yield return (_content.Verdict, _content.IsDoubtful || _content.Boxes.Count == 0 ? Doubt : Bright);
        }

        if (_content.Note.Length > 0)
        {
            yield return (_content.Note, Soft);
        }

        string peak = _content.Peak is { } at ? string.Create(CultureInfo.InvariantCulture, $"peak ({at.X:0}, {at.Y:0})") : "no peak";
        string boxes = _content.Boxes.Count switch
        {
            0 => "no box",
            1 => Box(_content.Boxes[0]),
            int count => $"{count} boxes, largest {Box(_content.Boxes[0])}",
        };
        yield return ($"{boxes} \u00B7 {peak}", Soft);
        string model = string.Join(
            " \u00B7 ",
            ((string[])[_content.Model, _content.BundleId, _content.Preset.Length > 0 ? $"preset {_content.Preset}" : ""]).Where(part =>
                part.Length > 0
            )
        );
        if (model.Length > 0)
        {
            yield return (model, Soft);
        }

        yield return (
            string.Join(
                " \u00B7 ",
                ((string[])["research use only", _content.CellSize > 1 ? "map drawn interpolated" : "", HasMargins() ? Dimmed : ""]).Where(
                    part => part.Length > 0
                )
            ),
            Soft
        );
    }

    private bool HasMargins()
    {
        foreach (float value in _content.Heatmap.Span)
        {
            if (float.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }

    private static string Box(PixelBox box) =>
        string.Create(CultureInfo.InvariantCulture, $"box {box.Width:0} \u00D7 {box.Height:0} px at ({box.X:0}, {box.Y:0})");
}
