using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models;

/// <summary>The CLIP text tower (<c>CLIPTextModel</c> of Hugging Face), up to and including the final layer norm.</summary>
internal static class TextEncoderGraph
{
    /// <summary>Name of the weights' part.</summary>
    public const string Part = "text";

    /// <summary>State-dict key of the token embedding table.</summary>
    public const string TokenEmbeddingKey = $"text_model.{TokenEmbedding.Key}";

    /// <summary><c>input_ids</c> int64 [B, S] -> <c>last_hidden_state</c> [B, S, W].</summary>
    /// <param name="configuration">The text encoder.</param>
    /// <param name="weights">Its weights; with a closed vocabulary the embedding table has one row per id.</param>
    /// <param name="closedVocabulary">The ids that the table's rows belong to, or null: the id is the row.</param>
    public static GraphBuilder Build(TextEncoderConfiguration configuration, PartWeights weights, IReadOnlyList<long>? closedVocabulary)
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        string tokens = FormattableString.Invariant($"{configuration.MaxPositionEmbeddings}");
        Value inputIds = graph.Input("input_ids", "int64", "batch", tokens);
        graph.Output(
            "last_hidden_state",
            Add(graph, configuration, weights, closedVocabulary, inputIds),
            "batch",
            tokens,
            FormattableString.Invariant($"{configuration.HiddenSize}")
        );
        return graph;
    }

    /// <summary>Adds the tower to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="configuration">The text encoder.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="closedVocabulary">The ids that the table's rows belong to, or null.</param>
    /// <param name="inputIds">int64 [B, S].</param>
    /// <returns>[B, S, W].</returns>
    public static Value Add(
        GraphBuilder graph,
        TextEncoderConfiguration configuration,
        PartWeights weights,
        IReadOnlyList<long>? closedVocabulary,
        Value inputIds
    )
    {
        Module text = new Module(graph, weights)["text_model"];
        Value x = closedVocabulary is null ? TokenEmbedding.Open(text, inputIds) : TokenEmbedding.Closed(text, inputIds, closedVocabulary);
        x = text["embeddings"].Add(x, text.Weight("embeddings.position_embedding.weight"));
        Value mask = CausalMask(graph, configuration.MaxPositionEmbeddings);
        for (int i = 0; i < configuration.NumHiddenLayers; i++)
        {
            x = ClipLayer.Add(text[FormattableString.Invariant($"encoder.layers.{i}")], x, mask, configuration);
        }

        return Normalization.Layer(text["final_layer_norm"], x);
    }

    // Padding is not masked: the towers this serves attend to it.
    private static Value CausalMask(GraphBuilder graph, int length)
    {
        float[] mask = new float[length * length];
        for (int row = 0; row < length; row++)
        {
            mask.AsSpan(row * length + row + 1, length - row - 1).Fill(float.NegativeInfinity);
        }

        return graph.Constant("const/causal_mask", mask, length, length);
    }
}
