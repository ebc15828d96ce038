using CxrOnnx.Exporter.Onnx;
using CxrOnnx.Exporter.Quantization;

namespace CxrOnnx.Exporter.Graph;

/// <summary>A place in a model part: nodes added here are named after the module path, and weights are looked up below it.</summary>
/// <param name="graph">The graph that is being built.</param>
/// <param name="weights">Weights of the model part.</param>
/// <param name="path">Module path inside the part; empty for the part itself.</param>
internal sealed class Module(GraphBuilder graph, PartWeights weights, string path = "")
{
    /// <summary>The graph that is being built.</summary>
    public GraphBuilder Graph => graph;

    /// <summary>How layers are written in this graph.</summary>
    public Dialect Dialect => graph.Dialect;

    /// <summary>The module called <paramref name="name"/> below this one; the name may have several segments.</summary>
    public Module this[string name] => new(graph, weights, Key(name));

    /// <summary>Whether the model part has this weight.</summary>
    public bool Has(string name) => weights.Shapes.ContainsKey(Key(name));

    /// <summary>A weight of this module, float32 however it is stored.</summary>
    public Value Weight(string name, WeightLayout layout = WeightLayout.AsIs)
    {
        StoredWeight weight = weights.Store(Key(name), layout);
        Value stored = graph.Weight(weight);
        return weight.Encoding == WeightEncoding.Float16
            ? Node("Cast", [stored], NodeAttribute.Int("to", (long)TensorProto.Types.DataType.Float))
            : stored;
    }

    /// <summary>A weight of this module, stored in an element type of the graph's choice and used as it is.</summary>
    public Value Weight(string name, WeightLayout layout, WeightEncoding encoding) =>
        graph.Weight(weights.Store(Key(name), layout, encoding));

    /// <summary>One of the integer forms of a weight of this module, or its scales.</summary>
    public Value Weight(string name, WeightLayout layout, WeightEncoding encoding, QuantizedLayer layer) =>
        graph.Weight(weights.Store(Key(name), layout, encoding, layer));

    /// <summary>The state-dict key of a weight of this module.</summary>
    public string Key(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Name of this module as a layer of a <see cref="QuantizationPlan"/>.</summary>
    public string LayerName => $"{weights.Part}.{path}";

    /// <summary>Ranges of this layer where it is computed in 8 bits.</summary>
    public LayerRanges? Ranges => weights.Plan?.Layers.GetValueOrDefault(LayerName);

    /// <summary>Who wants to know of layers that could be computed in 8 bits; null: nobody.</summary>
    public List<ObservedLayer>? Observed => weights.Observed;

    /// <summary>Shape of a weight in the state dict.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => weights.Shapes[Key(name)];

    /// <summary>Adds a node with one output.</summary>
    public Value Node(string opType, ReadOnlySpan<Value> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        graph.Node(NodePath, opType, inputs, attributes);

    /// <summary>Adds a node with several outputs.</summary>
    public Value[] Nodes(string opType, int outputs, ReadOnlySpan<Value> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        graph.Nodes(NodePath, opType, outputs, inputs, attributes);

    /// <summary>Adds a node with one output of an operator that only ONNX Runtime has.</summary>
    public Value Contrib(string opType, ReadOnlySpan<Value> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        graph.ContribNodes(NodePath, opType, 1, inputs, attributes)[0];

    /// <summary>Adds a node with several outputs of an operator that only ONNX Runtime has.</summary>
    public Value[] ContribNodes(string opType, int outputs, ReadOnlySpan<Value> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        graph.ContribNodes(NodePath, opType, outputs, inputs, attributes);

    /// <summary>Conversion to another element type.</summary>
    public Value Cast(Value value, TensorProto.Types.DataType type) => Node("Cast", [value], NodeAttribute.Int("to", (long)type));

    /// <summary>Element-wise sum with broadcasting.</summary>
    public Value Add(Value left, Value right) => Node("Add", [left, right]);

    /// <summary>Element-wise product with broadcasting.</summary>
    public Value Multiply(Value left, Value right) => Node("Mul", [left, right]);

    /// <summary>Matrix product over the last two dimensions.</summary>
    public Value MatMul(Value left, Value right) => Node("MatMul", [left, right]);

    /// <summary>Reshape to constants; 0 keeps a dimension, -1 takes what is left.</summary>
    public Value Reshape(Value value, params ReadOnlySpan<long> shape) => Node("Reshape", [value, graph.Integers(shape)]);

    /// <summary>Permutes the dimensions.</summary>
    public Value Transpose(Value value, params ReadOnlySpan<long> permutation) =>
        Node("Transpose", [value], NodeAttribute.Ints("perm", permutation));

    private string NodePath => path.Length == 0 ? $"/{weights.Part}" : $"/{weights.Part}/{path}";
}
