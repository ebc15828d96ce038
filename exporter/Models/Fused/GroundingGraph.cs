using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>
/// The whole grounding in one graph: image and token ids in, heatmaps out, with the inversion and the steps of the window as loops. Any
/// ONNX Runtime can serve it without code of ours (docs/adr/0009-fused-graph.md).
/// </summary>
internal static class GroundingGraph
{
    /// <summary>
    /// <c>image</c> [1, 1, H, W], <c>input_ids</c> [K, S], <c>uncond_input_ids</c> [1, S], <c>token_mask</c> [K, S] -> <c>heatmap</c> [K,
    /// H, W].
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="preset">The preset to carry out: one with an inversion or a multistep solver.</param>
    /// <param name="weights">Weights by part.</param>
    /// <param name="closedVocabulary">The ids that the embedding table's rows belong to, or null: the id is the row.</param>
    public static GraphBuilder Build(
        ModelConfiguration model,
        BundlePreset preset,
        Func<string, PartWeights> weights,
        IReadOnlyList<long>? closedVocabulary
    )
    {
        FusedGraph fused = new(model, weights);
        FusedInputs inputs = fused.Encode(closedVocabulary, ("image_height", "image_width"));
        Value window = new TrajectoryLoop(fused, preset).Add(inputs);
        Value heatmap = new AttentionLoop(fused, preset).Add(inputs, window);
        fused.Builder.Output("heatmap", heatmap, "prompts", "image_height", "image_width");
        return fused.Builder;
    }
}
