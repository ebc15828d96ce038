using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Grounding.Attention;

/// <summary>What the attention of one prompt gave.</summary>
/// <param name="Heatmap">The finished heatmap on the model's square.</param>
/// <param name="TokenHeatmaps">
/// One heatmap per own token, in the order of the prompt's positions; empty where they were not asked for.
/// </param>
/// <param name="ConstantMapCount">How many of the maps (layers x steps) were constant and counted as zero.</param>
/// <param name="Focus">How unevenly the attention lies; see <see cref="AttentionAggregation.Focus"/>.</param>
public sealed record PromptMap(ModelHeatmap Heatmap, IReadOnlyList<ModelHeatmap> TokenHeatmaps, int ConstantMapCount, double Focus);
