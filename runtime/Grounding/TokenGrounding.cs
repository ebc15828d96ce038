using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Grounding;

/// <summary>The heatmap of one sub-token.</summary>
/// <param name="Token">The sub-token; <c>&lt;/w&gt;</c> marks a word's end.</param>
/// <param name="Position">Its position in the 77.</param>
/// <param name="Heatmap">Its heatmap on the original image.</param>
/// <param name="ModelHeatmap">Its heatmap on the model's square.</param>
public sealed record TokenGrounding(string Token, int Position, Heatmap Heatmap, ModelHeatmap ModelHeatmap);
