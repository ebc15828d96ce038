using System.Globalization;
using System.Text;
using NetVips;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>
/// A transparent layer of lines, boxes and text, drawn with smooth edges. Holds numbers and outlines only, never text of the caller.
/// </summary>
internal sealed class SvgLayer(int width, int height)
{
    private readonly StringBuilder _body = new();

    /// <summary>A filled rectangle.</summary>
    public SvgLayer Fill(double x, double y, double w, double h, string colour, double opacity = 1) =>
        Add($"<rect x='{x:0.##}' y='{y:0.##}' width='{w:0.##}' height='{h:0.##}' fill='{colour}' fill-opacity='{opacity:0.###}'/>");

    /// <summary>A line along an SVG path, with a dark one beneath so that it shows on bright and on dark ground.</summary>
    public SvgLayer Outline(string path, string colour, double thickness, string dashes = "")
    {
        Line(path, "#000000", thickness * 2.2, 0.55, "");
        return Line(path, colour, thickness, 1, dashes);
    }

    /// <summary>A line along an SVG path.</summary>
    public SvgLayer Line(string path, string colour, double thickness, double opacity = 1, string dashes = "") =>
        Add($"<path d='{path}' fill='none' stroke='{colour}' stroke-opacity='{opacity:0.###}' stroke-width='{thickness:0.##}' ")
            .Add($"stroke-linecap='round' stroke-linejoin='round' stroke-dasharray='{(dashes.Length == 0 ? "none" : dashes)}'/>");

    /// <summary>A line of text whose capitals are <paramref name="size"/> pixels high.</summary>
    /// <param name="text">The text.</param>
    /// <param name="x">Left edge, or the anchor's position.</param>
    /// <param name="baseline">Baseline.</param>
    /// <param name="size">Height of the capitals.</param>
    /// <param name="colour">Colour.</param>
    /// <param name="anchor">0 = left, 0.5 = centred, 1 = right.</param>
    /// <param name="weight">Line thickness relative to running text.</param>
    public SvgLayer Text(string text, double x, double baseline, double size, string colour, double anchor = 0, double weight = 1)
    {
        double scale = size / StrokeFont.CapHeight;
        double left = x - (anchor * StrokeFont.Measure(text) * scale);
        Add($"<g transform='translate({left:0.##} {baseline - size:0.##}) scale({scale:0.####})' fill='none' stroke='{colour}' ")
            .Add($"stroke-width='{StrokeFont.Stroke * weight:0.###}' stroke-linecap='round' stroke-linejoin='round'>");
        foreach ((double offset, string path) in StrokeFont.Outlines(text))
        {
            Add($"<path transform='translate({offset:0.##})' d='{path}'/>");
        }

        _body.Append("</g>");
        return this;
    }

    /// <summary>A horizontal bar that shows a colour map with its transparency.</summary>
    public SvgLayer Bar(double x, double y, double w, double h, IEnumerable<(double Offset, string Colour, double Opacity)> stops)
    {
        _body.Append("<defs><linearGradient id='scale'>");
        foreach ((double offset, string colour, double opacity) in stops)
        {
            Add($"<stop offset='{offset:0.###}' stop-color='{colour}' stop-opacity='{opacity:0.###}'/>");
        }

        _body.Append("</linearGradient></defs>");
        return Add($"<rect x='{x:0.##}' y='{y:0.##}' width='{w:0.##}' height='{h:0.##}' fill='url(#scale)'/>");
    }

    /// <summary>The layer as an RGBA picture.</summary>
    public Image Render()
    {
        string svg = string.Create(
            CultureInfo.InvariantCulture,
            $"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}'>{_body}</svg>"
        );
        return Image.SvgloadBuffer(Encoding.UTF8.GetBytes(svg));
    }

    private SvgLayer Add(FormattableString text)
    {
        _body.Append(text.ToString(CultureInfo.InvariantCulture));
        return this;
    }
}
