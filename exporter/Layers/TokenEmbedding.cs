using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Token ids to embedding rows.</summary>
internal static class TokenEmbedding
{
    /// <summary>State-dict key of the table, below <c>text_model</c>.</summary>
    public const string Key = "embeddings.token_embedding.weight";

    /// <summary>Open vocabulary: the id is the row. ONNX Runtime refuses ids beyond the table.</summary>
    /// <param name="textModel">The module <c>text_model</c>.</param>
    /// <param name="inputIds">int64 [B, S].</param>
    /// <returns>[B, S, W].</returns>
    public static Value Open(Module textModel, Value inputIds) =>
        textModel["embeddings.token_embedding"].Node("Gather", [textModel.Weight(Key), inputIds], NodeAttribute.Int("axis", 0));

    /// <summary>
    /// Closed vocabulary: row r of the table belongs to the id <c>token_ids[r]</c>. An id that is not among them must not pass for another
    /// word: its row is NaN, and through the attention so is every state of that prompt.
    /// </summary>
    /// <param name="textModel">The module <c>text_model</c>.</param>
    /// <param name="inputIds">int64 [B, S].</param>
    /// <param name="tokenIds">The ids, one per row of the table.</param>
    /// <returns>[B, S, W].</returns>
    public static Value Closed(Module textModel, Value inputIds, IReadOnlyList<long> tokenIds)
    {
        Module embedding = textModel["embeddings.token_embedding"];
        Value known = embedding.Graph.Constant("token_ids", tokenIds.ToArray(), tokenIds.Count);
        Value matches = embedding.Node(
            "Cast",
            [embedding.Node("Equal", [embedding.Node("Unsqueeze", [inputIds, embedding.Graph.Integers(-1)]), known])],
            NodeAttribute.Int("to", (long)TensorProto.Types.DataType.Float)
        );
        // matches has at most one 1 per token, so the product is that row exactly; divided by the number of matches: 0 / 0 = NaN without
        // one.
        Value rows = embedding.MatMul(matches, textModel.Weight(Key));
        Value count = embedding.Node("ReduceSum", [matches, embedding.Graph.Integers(-1)], NodeAttribute.Int("keepdims", 1));
        return embedding.Node("Div", [rows, count]);
    }
}
