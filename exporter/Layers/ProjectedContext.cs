using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Keys and values projected in the graph.</summary>
/// <param name="context">Text states, or for self-attention the cells' own: [B, S, W].</param>
internal sealed class ProjectedContext(Value context) : PromptKeys
{
    /// <inheritdoc/>
    public override (Value Keys, Value Values) Of(Module attention)
    {
        Value keys = Linear.Add(attention["to_k"], context);
        return (keys, Linear.Add(attention["to_v"], context));
    }
}
