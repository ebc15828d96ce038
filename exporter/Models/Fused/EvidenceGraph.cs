using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>
/// The preset of evidence maps in one graph: as <see cref="GroundingGraph"/>, and what the image says of each prompt by noise
/// (docs/evidence.md). The noise is kept in the graph, so it is for one size of image: the model's square.
/// </summary>
internal static class EvidenceGraph
{
    /// <summary>
    /// <c>image</c> [1, 1, N, N], <c>input_ids</c> [K, S], <c>uncond_input_ids</c> [1, S], <c>token_mask</c> [K, S] -> <c>heatmap</c> [K,
    /// N, N], <c>score</c> [K]. It grounds the prompts that it is given: the other side, and the places of a phrase that names none, are
    /// prompts of the caller's, whose scores he compares.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="preset">The preset, with its recipe.</param>
    /// <param name="weights">Weights by part.</param>
    /// <param name="closedVocabulary">The ids that the embedding table's rows belong to, or null: the id is the row.</param>
    public static GraphBuilder Build(
        ModelConfiguration model,
        BundlePreset preset,
        Func<string, PartWeights> weights,
        IReadOnlyList<long>? closedVocabulary
    )
    {
        EvidenceRecipe recipe = preset.Evidence ?? throw new ArgumentException("the preset has no recipe", nameof(preset));
        string side = FusedGraph.Number(model.Image.Size);
        FusedGraph fused = new(model, weights);
        FusedInputs inputs = fused.Encode(closedVocabulary, (side, side));
        Value window = new TrajectoryLoop(fused, preset).Add(inputs);
        Value attention = new AttentionLoop(fused, preset).Add(inputs, window);
        (Value agreement, Value change) = new GainLoop(fused, recipe).Add(inputs);
        (Value heatmap, Value score) = new EvidenceJoin(fused, recipe).Add(attention, agreement, change);
        fused.Builder.Output("heatmap", heatmap, "prompts", side, side);
        fused.Builder.Output("score", score, "prompts");
        return fused.Builder;
    }
}
