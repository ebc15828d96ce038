namespace CxrOnnx.Imaging.Overlay;

/// <summary>How overlays are drawn.</summary>
public sealed record OverlayOptions
{
    /// <summary>Pictures whose longer side is larger are scaled down to it.</summary>
    /// <value>2,400 pixels: the full resolution of nearly all exported radiographs.</value>
    public int MaxSide { get; init; } = 2400;

    /// <summary>Narrower pictures are enlarged by a whole factor, so that the legend can be read.</summary>
    /// <value>600 pixels.</value>
    public int MinWidth { get; init; } = 600;

    /// <summary>Opacity of the colours at full strength, in [0,1].</summary>
    /// <value>0.55</value>
    public double Opacity { get; init; } = ColourMap.StrongestOpacity;
}
