using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// A phrase's attention as the softmax gave it: mean over its own tokens, layers and steps. The heatmap's min-max takes its strength away; this keeps it, on
/// the attention's own small grid.
/// </summary>
/// <param name="Grid">Attention grid; the smallest one where the layers have several.</param>
/// <param name="Values">float32 [Grid.Rows, Grid.Columns], row-major, probabilities in [0,1]. Read only.</param>
public sealed record RawAttention(GridSize Grid, float[] Values);
