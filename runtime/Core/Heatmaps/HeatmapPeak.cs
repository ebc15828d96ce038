namespace CxrOnnx.Core.Heatmaps;

/// <summary>The highest point of a heatmap in original pixels (0 = outer edge of the first pixel, 0.5 = its centre).</summary>
/// <param name="X">Horizontal position in pixels.</param>
/// <param name="Y">Vertical position in pixels.</param>
/// <param name="Value">Value there.</param>
public readonly record struct HeatmapPeak(double X, double Y, double Value);
