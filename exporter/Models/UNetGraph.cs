using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
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
        GraphBuilder graph = new(PlainDialect.Instance);
        UNetValues values = Add(graph, configuration, weights, "batch");
        graph.Output("out_sample", values.OutSample, "batch", Number(configuration.OutChannels), "latent_height", "latent_width");
        return graph;
    }

    /// <summary>
    /// The part of the U-Net that leads to the attention maps of the chosen layers: the same inputs -> <c>attention_i</c>. <c>sample</c>
    /// and <c>timestep</c> may have fewer rows, S, than <c>encoder_hidden_states</c>, B = S K: a sample then serves K prompts that follow
    /// each other, and what depends on it alone is computed once for them.
    /// </summary>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="layers">Cross-attention layers in module order, counted from 0.</param>
    public static GraphBuilder AttentionMaps(UNetConfiguration configuration, PartWeights weights, IEnumerable<int> layers)
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        UNetValues values = Add(graph, configuration, weights, "samples");
        foreach (int layer in layers.Distinct().Order())
        {
            AttentionMap map = values.Attention[layer];
            graph.Output(
                FormattableString.Invariant($"attention_{layer}"),
                map.Probabilities,
                "batch",
                FormattableString.Invariant($"cells_level_{map.Level}"),
                "prompt_tokens"
            );
        }

        return graph;
    }

    private static UNetValues Add(GraphBuilder graph, UNetConfiguration configuration, PartWeights weights, string samples)
    {
        Value sample = graph.Input("sample", "float32", samples, Number(configuration.InChannels), "latent_height", "latent_width");
        Value timestep = graph.Input("timestep", "int64", samples);
        Value context = graph.Input("encoder_hidden_states", "float32", "batch", "prompt_tokens", Number(configuration.CrossAttentionDim));
        return Add(graph, configuration, weights, sample, timestep, context, shared: samples != "batch");
    }

    /// <summary>Adds the network to a graph.</summary>
    /// <param name="graph">The graph, or the body of a loop.</param>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="sample">Noisy latents, [B, Cz, h, w], or one row for several prompts where <paramref name="shared"/>.</param>
    /// <param name="timestep">int64, as many rows as <paramref name="sample"/>.</param>
    /// <param name="context">Text states, [B, S, W].</param>
    /// <param name="shared">Whether a row of <paramref name="sample"/> may serve several rows of <paramref name="context"/>.</param>
    public static UNetValues Add(
        GraphBuilder graph,
        UNetConfiguration configuration,
        PartWeights weights,
        Value sample,
        Value timestep,
        Value context,
        bool shared
    )
    {
        Module unet = new(graph, weights);
        Value timeEmbedding = TimestepEmbedding.Activated(unet, timestep, configuration.NumChannels[0]);
        SampleRepetition? repetition = shared ? new SampleRepetition(unet, timestep, context) : null;
        return new UNetDescription(
            unet,
            configuration,
            new ProjectedContext(context),
            new ComputedShifts(unet, timeEmbedding),
            repetition,
            new HashSet<int>()
        ).Add(sample);
    }

    private static string Number(int value) => FormattableString.Invariant($"{value}");
}
