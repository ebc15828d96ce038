namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>Collects state-dict names and shapes in module order; one method per kind of layer.</summary>
internal sealed class ShapeList
{
    private readonly OrderedDictionary<string, IReadOnlyList<long>> _shapes = [];

    public IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes => _shapes;

    public void Add(string name, params long[] shape) => _shapes.Add(name, shape);

    /// <summary>Group or layer normalisation.</summary>
    public void Norm(string path, int channels)
    {
        Add($"{path}.weight", channels);
        Add($"{path}.bias", channels);
    }

    public void Linear(string path, int inputs, int outputs, bool bias = true)
    {
        Add($"{path}.weight", outputs, inputs);
        if (bias)
        {
            Add($"{path}.bias", outputs);
        }
    }

    /// <summary>MONAI's <c>Convolution</c> block, which holds the actual convolution as <c>conv</c>.</summary>
    public void Convolution(string path, int inputs, int outputs, int kernel)
    {
        Add($"{path}.conv.weight", outputs, inputs, kernel, kernel);
        Add($"{path}.conv.bias", outputs);
    }
}
