using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Attention;

/// <summary>What one grounding evaluates the attention of.</summary>
/// <param name="Trajectory">The image.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="Layers">Cross-attention layers whose maps are used.</param>
/// <param name="Grids">Their attention grids, in the same order.</param>
internal sealed record AttentionInputs(
    ImageTrajectory Trajectory,
    IReadOnlyList<PromptContext> Prompts,
    IReadOnlyList<int> Layers,
    IReadOnlyList<GridSize> Grids
);
