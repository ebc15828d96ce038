using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>A connected region of a heatmap above a threshold.</summary>
/// <param name="Box">The smallest box around it, in original pixels.</param>
/// <param name="PixelCount">Its pixels.</param>
/// <param name="Maximum">The largest value in it.</param>
public sealed record HeatmapRegion(PixelBox Box, int PixelCount, double Maximum);
