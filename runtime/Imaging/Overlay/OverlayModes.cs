using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>The names of <see cref="OverlayMode"/> in options and requests.</summary>
public static class OverlayModes
{
    /// <summary><c>heat</c>, <c>contour</c> and <c>side-by-side</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["heat", "contour", "side-by-side"];

    /// <summary>The mode of a name.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public static OverlayMode Parse(string name) =>
        name switch
        {
            "heat" => OverlayMode.Heat,
            "contour" => OverlayMode.Contour,
            "side-by-side" => OverlayMode.SideBySide,
            _ => throw new InputException($"overlay \"{Excerpt.Of(name)}\": must be one of {string.Join(", ", Names)}"),
        };
}
