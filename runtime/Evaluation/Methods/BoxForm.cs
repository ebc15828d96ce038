using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>How a file writes a box: <c>xywh</c>, <c>xyxy</c> or <c>cxcywh</c>, in pixels, in shares or in hundredths.</summary>
/// <param name="Name">The name behind a path, without its colon.</param>
/// <param name="Unit">What a number of 1 is worth in shares; null for pixels.</param>
/// <param name="Order">What the four numbers are.</param>
internal sealed record BoxForm(string Name, double? Unit, BoxForm.Corners Order)
{
    /// <summary>What four numbers say.</summary>
    internal enum Corners
    {
        /// <summary>Left, top, width, height.</summary>
        LeftTopSize,

        /// <summary>Left, top, right, bottom.</summary>
        LeftTopRightBottom,

        /// <summary>Centre, width, height.</summary>
        CentreSize,
    }

    /// <summary>[x, y, width, height] in pixels.</summary>
    public static readonly BoxForm Default = new("xywh", null, Corners.LeftTopSize);

    // Longer names first: "normalized-xyxy" also ends in "xyxy", but with another character before it.
    private static readonly BoxForm[] All =
    [
        .. new (string Prefix, double? Unit)[] { ("normalized-", 1), ("percent-", 0.01), ("", null) }.SelectMany(scale =>
            new (string Name, Corners Order)[]
            {
                ("xyxy", Corners.LeftTopRightBottom),
                ("cxcywh", Corners.CentreSize),
                ("xywh", Corners.LeftTopSize),
            }.Select(order => new BoxForm(scale.Prefix + order.Name, scale.Unit, order.Order))
        ),
    ];

    /// <summary>All names, for messages.</summary>
    public static string Names => string.Join(", ", All.Select(form => form.Name));

    /// <summary>Whether the numbers are shares or hundredths of what the system sees.</summary>
    public bool IsNormalized => Unit is not null;

    /// <summary>The four numbers in words.</summary>
    public string Wanted =>
        Order switch
        {
            Corners.LeftTopRightBottom => "[left, top, right, bottom]",
            Corners.CentreSize => "[centre x, centre y, width, height]",
            _ => "[x, y, width, height]",
        };

    /// <summary>The path without the form behind it. A path that exists as it stands is a path.</summary>
    public static (string Path, BoxForm Form) Parse(string text)
    {
        BoxForm? form = File.Exists(text) ? null : Array.Find(All, item => text.EndsWith(":" + item.Name, StringComparison.Ordinal));
        return form is null ? (text, Default) : (text[..^(form.Name.Length + 1)], form);
    }

    /// <summary>A box of four numbers, in pixels or in shares.</summary>
    public PixelBox Box(IReadOnlyList<double> numbers)
    {
        double unit = Unit ?? 1;
        (double a, double b, double c, double d) = (unit * numbers[0], unit * numbers[1], unit * numbers[2], unit * numbers[3]);
        return Order switch
        {
            Corners.LeftTopRightBottom => PixelBox.FromEdges(a, b, c, d),
            Corners.CentreSize => new PixelBox(a - (c / 2), b - (d / 2), c, d),
            _ => new PixelBox(a, b, c, d),
        };
    }
}
