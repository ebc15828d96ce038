using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Scaled dot-product attention with its probabilities as a value of the graph.</summary>
internal static class Attention
{
    /// <summary>The attention proper, between the projections.</summary>
    /// <param name="module">Module that names the nodes.</param>
    /// <param name="query">[B, Q, C].</param>
    /// <param name="key">[B, S, C].</param>
    /// <param name="value">[B, S, C].</param>
    /// <param name="heads">Number of heads; divides C.</param>
    /// <param name="headChannels">C / heads; the scores are divided by its square root.</param>
    /// <param name="mask">Added to the scores; [Q, S].</param>
    /// <param name="wanted">Whether the probabilities are an output of the graph.</param>
    /// <returns>
    /// The attended values [B, Q, C], and the softmax probabilities [B, Q, S], averaged over the heads.
    /// </returns>
    public static (Value Attended, Value Probabilities) Add(
        Module module,
        Value query,
        Value key,
        Value value,
        int heads,
        int headChannels,
        Value? mask = null,
        bool wanted = false
    )
    {
        Dialect dialect = module.Dialect;
        bool split = heads > 1;
        Value queries = split ? SplitHeads(module, query, heads, headChannels) : query;
        Value keys = dialect.Keys(module, split ? module.Reshape(key, 0, 0, heads, headChannels) : key, split);
        Value values = split ? SplitHeads(module, value, heads, headChannels) : value;

        Value scores = dialect.Scores(module, queries, keys, 1f / MathF.Sqrt(headChannels));
        if (mask is { } bias)
        {
            scores = module.Add(scores, bias);
        }

        (Value probabilities, Value given) = dialect.Softmax(module, scores, wanted);
        Value attended = module.MatMul(probabilities, values);
        return split
            ? (
                module.Reshape(module.Transpose(attended, 0, 2, 1, 3), 0, 0, heads * headChannels),
                module.Node("ReduceMean", [given], NodeAttribute.Ints("axes", 1), NodeAttribute.Int("keepdims", 0))
            )
            : (attended, given);
    }

    private static Value SplitHeads(Module module, Value x, int heads, int headChannels) =>
        module.Transpose(module.Reshape(x, 0, 0, heads, headChannels), 0, 2, 1, 3);
}
