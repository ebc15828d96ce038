using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Where a cross-attention takes its keys and values from, [B, S, C] each.</summary>
internal abstract class PromptKeys
{
    /// <summary>Keys and values of a cross-attention.</summary>
    /// <param name="attention">The attention's module.</param>
    public abstract (Value Keys, Value Values) Of(Module attention);
}
