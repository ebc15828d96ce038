using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>Cross-attention keys and values of some prompts, [K, S, C] each, in the memory of the sessions.</summary>
/// <param name="values">By name of the graphs' inputs; taken over.</param>
internal sealed class PromptValues(IReadOnlyDictionary<string, OrtValue> values) : IDisposable
{
    /// <summary>Makes them inputs of a graph.</summary>
    public void Bind(BoundGraph graph)
    {
        foreach ((string name, OrtValue value) in values)
        {
            graph.Input(name, value);
        }
    }

    /// <summary>Makes them outputs of a graph.</summary>
    public void BindOutputs(BoundGraph graph)
    {
        foreach ((string name, OrtValue value) in values)
        {
            graph.Output(name, value);
        }
    }

    public void Dispose()
    {
        foreach (OrtValue value in values.Values)
        {
            value.Dispose();
        }
    }
}
