using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Keys and values that come into the graph, because they were computed once for a prompt.</summary>
/// <param name="take">Declares the inputs of one attention, by its path, when it is reached.</param>
internal sealed class GivenKeys(Func<Module, (Value Keys, Value Values)> take) : PromptKeys
{
    /// <inheritdoc/>
    public override (Value Keys, Value Values) Of(Module attention) => take(attention);
}
