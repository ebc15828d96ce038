using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>
/// Lets B = S K prompts share S samples: what is computed of a sample alone has S rows, and each row is repeated for the K prompts that
/// follow each other in the batch when a prompt comes in.
/// </summary>
internal sealed class SampleRepetition
{
    private readonly Value _rows;
    private readonly Dictionary<Value, Value> _repeated = [];

    /// <summary>Adds the computation of K, and of the row that each of the B prompts takes.</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="perSample">Any value with S rows.</param>
    /// <param name="perPrompt">Any value with B rows.</param>
    public SampleRepetition(Module module, Value perSample, Value perPrompt)
    {
        Module repeat = module["repeat"];
        Value samples = Count(repeat, perSample);
        // The maximum, because a division by zero ends the process.
        Value prompts = repeat.Node("Div", [Count(repeat, perPrompt), repeat.Node("Max", [samples, repeat.Graph.Integers(1)])]);
        Value row = repeat.Node("Range", [repeat.Graph.IntegerScalar(0), repeat.Node("Squeeze", [samples]), repeat.Graph.IntegerScalar(1)]);
        row = repeat.Node("Unsqueeze", [row, repeat.Graph.Integers(1)]);
        row = repeat.Node("Expand", [row, repeat.Node("Concat", [repeat.Graph.Integers(1), prompts], NodeAttribute.Int("axis", 0))]);
        _rows = repeat.Reshape(row, -1);
    }

    /// <summary>A value with S rows, with B rows instead.</summary>
    /// <param name="module">Names the node.</param>
    /// <param name="value">[S, ...].</param>
    public Value Of(Module module, Value value)
    {
        if (_repeated.TryGetValue(value, out Value known))
        {
            return known;
        }

        Value repeated = module["repeat"].Node("Gather", [value, _rows], NodeAttribute.Int("axis", 0));
        _repeated.Add(value, repeated);
        return repeated;
    }

    private static Value Count(Module module, Value value) =>
        module.Node("Shape", [value], NodeAttribute.Int("start", 0), NodeAttribute.Int("end", 1));
}
