namespace CxrOnnx.Imaging.Overlay;

/// <summary>How a heatmap is shown on its radiograph.</summary>
public enum OverlayMode
{
    /// <summary>As colour and opacity over the radiograph.</summary>
    Heat,

    /// <summary>As lines of equal strength only: nothing covers the radiograph.</summary>
    Contour,

    /// <summary>The bare radiograph, and beside it the one with colours.</summary>
    SideBySide,
}
