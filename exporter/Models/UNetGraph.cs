using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models;

/// <summary>The conditioned U-Net (<c>DiffusionModelUNet</c> of MONAI GenerativeModels), with every cross-attention map in reach.</summary>
internal static class UNetGraph
{
    /// <summary>Name of the weights' part.</summary>
    public const string Part = "unet";

    /// <summary>The whole denoiser: <c>sample</c>, <c>timestep</c>, <c>encoder_hidden_states</c> -> <c>out_sample</c>.</summary>
    public static GraphBuilder Denoiser(UNetConfiguration configuration, PartWeights weights)
    {
        GraphBuilder graph = new();
        UNetValues values = Add(graph, configuration, weights);
        graph.Output("out_sample", values.OutSample, "batch", Number(configuration.OutChannels), "latent_height", "latent_width");
        return graph;
    }

    /// <summary>The part of the U-Net that leads to the attention maps of the chosen layers: the same inputs -> <c>attention_i</c>.</summary>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="layers">Cross-attention layers in module order, counted from 0.</param>
    public static GraphBuilder AttentionMaps(UNetConfiguration configuration, PartWeights weights, IEnumerable<int> layers)
    {
        GraphBuilder graph = new();
        UNetValues values = Add(graph, configuration, weights);
        foreach (int layer in layers.Distinct().Order())
        {
            AttentionMap map = values.Attention[layer];
            graph.Output(
                FormattableString.Invariant($"attention_{layer}"),
                map.Probabilities,
                "batch",
                FormattableString.Invariant($"cells_level_{map.Level}"),
                "prompt_tokens");
        }

        return graph;
    }

    private static UNetValues Add(GraphBuilder graph, UNetConfiguration configuration, PartWeights weights)
    {
        Value sample = graph.Input("sample", "float32", "batch", Number(configuration.InChannels), "latent_height", "latent_width");
        Value timestep = graph.Input("timestep", "int64", "batch");
        Value context = graph.Input(
            "encoder_hidden_states", "float32", "batch", "prompt_tokens", Number(configuration.CrossAttentionDim));
        return Add(graph, configuration, weights, sample, timestep, context);
    }

    /// <summary>Adds the network to a graph.</summary>
    /// <param name="graph">The graph, or the body of a loop.</param>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="sample">Noisy latents, [B, Cz, h, w].</param>
    /// <param name="timestep">int64 [B].</param>
    /// <param name="context">Text states, [B, S, W].</param>
    public static UNetValues Add(
        GraphBuilder graph, UNetConfiguration configuration, PartWeights weights, Value sample, Value timestep, Value context)
    {
        Module unet = new(graph, weights);
        return new UNetDescription(unet, configuration, context, TimestepEmbedding.Activated(unet, timestep, configuration.NumChannels[0]))
            .Add(sample);
    }

    private static string Number(int value) => FormattableString.Invariant($"{value}");
}
