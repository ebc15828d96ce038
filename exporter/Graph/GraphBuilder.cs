using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Onnx;
using Google.Protobuf;

namespace CxrOnnx.Exporter.Graph;

/// <summary>
/// Collects nodes, weights and constants, and makes a model of those that lead to an output. Whatever does not lead to one is left out,
/// weights included: that is how one description of the U-Net yields both the denoiser and the truncated attention graph.
/// </summary>
internal sealed class GraphBuilder
{
    /// <summary>Operator set of every graph.</summary>
    public const int OpsetVersion = 17;

    /// <summary>ONNX file format version of every graph.</summary>
    public const int IrVersion = 8;

    private const string ContribDomain = "com.microsoft";

    private readonly List<NodeProto> _nodes = [];
    private readonly HashSet<string> _nodeNames;
    private readonly Dictionary<string, StoredWeight> _weights;
    private readonly Dictionary<string, TensorProto> _constants;

    // What the body inside a node takes from outside of it, by the node's name.
    private readonly Dictionary<string, IReadOnlyList<string>> _captures = [];
    private readonly List<BundleTensor> _inputs = [];
    private readonly HashSet<string> _optional = [];
    private readonly List<(Value Value, BundleTensor Tensor)> _outputs = [];

    /// <summary>Starts an empty graph.</summary>
    /// <param name="dialect">How layers are written in it.</param>
    public GraphBuilder(Dialect dialect)
        : this(dialect, [], [], []) { }

    private GraphBuilder(
        Dialect dialect,
        HashSet<string> nodeNames,
        Dictionary<string, StoredWeight> weights,
        Dictionary<string, TensorProto> constants
    )
    {
        Dialect = dialect;
        _nodeNames = nodeNames;
        _weights = weights;
        _constants = constants;
    }

    /// <summary>How layers are written in this graph.</summary>
    public Dialect Dialect { get; }

    /// <summary>
    /// Starts the body of a loop in this graph. Weights and constants that it uses are kept once, by the outermost graph; values of this
    /// graph may be used in it.
    /// </summary>
    public GraphBuilder Body() => new(Dialect, _nodeNames, _weights, _constants);

    /// <summary>Adds a loop with a fixed number of rounds.</summary>
    /// <param name="path">Module path.</param>
    /// <param name="rounds">Number of rounds.</param>
    /// <param name="carried">First values of what is carried from round to round.</param>
    /// <param name="body">
    /// Made by <see cref="Body"/>: its inputs are the round (int64), a condition (bool) and the carried values; its outputs the condition,
    /// the carried values and what is collected of each round.
    /// </param>
    /// <returns>The last carried values, then what was collected, with a new first dimension of rounds.</returns>
    public Value[] Loop(string path, int rounds, ReadOnlySpan<Value> carried, GraphBuilder body)
    {
        (GraphProto graph, IReadOnlyList<string> captured) = body.Seal($"{path}/body");
        Value count = this.IntegerScalar(rounds);
        Value[] outputs = Nodes(
            path,
            "Loop",
            body._outputs.Count - 1,
            [count, new Value(""), .. carried],
            NodeAttribute.Graph("body", graph)
        );
        _captures.Add(_nodes[^1].Name, captured);
        return outputs;
    }

    /// <summary>Declares a graph input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dataType"><c>float32</c>, <c>int64</c>, <c>float16</c> or, in a body, <c>bool</c>.</param>
    /// <param name="shape">Numbers, or names of symbolic dimensions.</param>
    public Value Input(string name, string dataType, params IReadOnlyList<string> shape)
    {
        _inputs.Add(new BundleTensor(name, dataType, shape));
        return new Value(name);
    }

    /// <summary>Declares a graph input that is left out where nothing that leads to an output takes it.</summary>
    public Value InputWhereUsed(string name, string dataType, params IReadOnlyList<string> shape)
    {
        _optional.Add(name);
        return Input(name, dataType, shape);
    }

    /// <summary>Declares a float32 graph output; the value gets the output's name.</summary>
    public void Output(string name, Value value, params IReadOnlyList<string> shape) => Output(name, "float32", value, shape);

    /// <summary>Declares a graph output; the value gets the output's name.</summary>
    public void Output(string name, string dataType, Value value, IReadOnlyList<string> shape) =>
        _outputs.Add((value, new BundleTensor(name, dataType, shape)));

    /// <summary>Adds a node with one output.</summary>
    /// <param name="path">Module path; the node is called <c>path/OpType</c>, numbered from the second on.</param>
    /// <param name="opType">Standard operator.</param>
    /// <param name="inputs">Inputs in order.</param>
    /// <param name="attributes">Attributes.</param>
    public Value Node(string path, string opType, ReadOnlySpan<Value> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Nodes(path, opType, 1, inputs, attributes)[0];

    /// <summary>Adds a node with several outputs of an operator that only ONNX Runtime has.</summary>
    public Value[] ContribNodes(
        string path,
        string opType,
        int outputs,
        ReadOnlySpan<Value> inputs,
        params ReadOnlySpan<AttributeProto> attributes
    )
    {
        Value[] values = Nodes(path, opType, outputs, inputs, attributes);
        _nodes[^1].Domain = ContribDomain;
        return values;
    }

    /// <summary>Adds a node with several outputs.</summary>
    public Value[] Nodes(
        string path,
        string opType,
        int outputs,
        ReadOnlySpan<Value> inputs,
        params ReadOnlySpan<AttributeProto> attributes
    )
    {
        string name = $"{path}/{opType}";
        for (int number = 1; !_nodeNames.Add(name); number++)
        {
            name = FormattableString.Invariant($"{path}/{opType}_{number}");
        }

        NodeProto node = new() { Name = name, OpType = opType };
        foreach (Value input in inputs)
        {
            node.Input.Add(input.Name);
        }

        foreach (AttributeProto attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        Value[] values = new Value[outputs];
        for (int i = 0; i < outputs; i++)
        {
            values[i] = new Value(FormattableString.Invariant($"{name}_output_{i}"));
            node.Output.Add(values[i].Name);
        }

        _nodes.Add(node);
        return values;
    }

    /// <summary>A weight in <c>weights.safetensors</c>.</summary>
    public Value Weight(StoredWeight weight)
    {
        _weights[weight.Name] = weight;
        return new Value(weight.Name);
    }

    /// <summary>A constant kept inside the graph file; one name always stands for the same content.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dataType">Type of its elements.</param>
    /// <param name="shape">Its shape; none for a scalar.</param>
    /// <param name="bytes">Its elements, row-major, little-endian.</param>
    public Value Constant(string name, TensorProto.Types.DataType dataType, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        if (!_constants.ContainsKey(name))
        {
            TensorProto tensor = new()
            {
                Name = name,
                DataType = (int)dataType,
                RawData = ByteString.CopyFrom(bytes),
            };
            foreach (long dimension in shape)
            {
                tensor.Dims.Add(dimension);
            }

            _constants.Add(name, tensor);
        }

        return new Value(name);
    }

    /// <summary>Makes the model of everything that the outputs need.</summary>
    /// <param name="name">Name of the graph; the file is called <c>name.onnx</c>.</param>
    /// <param name="toolVersion">Version of this exporter.</param>
    /// <param name="metadata">Strings for <c>metadata_props</c>, in order.</param>
    public OnnxGraph Build(string name, string toolVersion, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        (GraphProto graph, IReadOnlyList<string> used) = Seal(name);
        foreach (string input in used)
        {
            if (_constants.TryGetValue(input, out TensorProto? constant))
            {
                graph.Initializer.Add(constant);
            }
            else if (_weights.TryGetValue(input, out StoredWeight? weight))
            {
                graph.Initializer.Add(TensorDescriptions.External(weight));
            }
        }

        ModelProto model = new()
        {
            IrVersion = IrVersion,
            ProducerName = "cxronnx",
            ProducerVersion = toolVersion,
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OpsetVersion });
        if (graph.Node.Any(node => node.Domain == ContribDomain))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = ContribDomain, Version = 1 });
        }

        model.MetadataProps.Add(metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        StoredWeight[] weights =
        [
            .. graph.Initializer.Where(tensor => _weights.ContainsKey(tensor.Name)).Select(tensor => _weights[tensor.Name]),
        ];
        return new OnnxGraph(
            name,
            model,
            weights,
            new BundleGraph(BundleLayout.FileOf(name), _inputs, [.. _outputs.Select(output => output.Tensor)])
        );
    }

    /// <summary>The nodes that lead to an output, and the names they use that none of them makes, in order of first use.</summary>
    private (GraphProto Graph, IReadOnlyList<string> Used) Seal(string name)
    {
        Dictionary<string, string> outputNames = _outputs.ToDictionary(output => output.Value.Name, output => output.Tensor.Name);
        string Renamed(string value) => outputNames.GetValueOrDefault(value, value);

        HashSet<string> needed = [.. _outputs.Select(output => output.Value.Name)];
        List<NodeProto> nodes = [];
        foreach (NodeProto node in Enumerable.Reverse(_nodes))
        {
            if (!node.Output.Any(needed.Contains))
            {
                continue;
            }

            IReadOnlyList<string> captured = _captures.GetValueOrDefault(node.Name, []);
            if (captured.Any(outputNames.ContainsKey))
            {
                throw new InvalidOperationException($"{node.Name}: its body uses a graph output, whose name changes");
            }

            needed.UnionWith(node.Input);
            needed.UnionWith(captured);
            NodeProto kept = new() { Name = node.Name, OpType = node.OpType };
            kept.Input.Add(node.Input.Select(Renamed));
            kept.Output.Add(node.Output.Select(Renamed));
            kept.Attribute.Add(node.Attribute);
            if (node.HasDomain)
            {
                kept.Domain = node.Domain;
            }

            nodes.Add(kept);
        }

        _inputs.RemoveAll(input => _optional.Contains(input.Name) && !needed.Contains(input.Name));
        nodes.Reverse();
        GraphProto graph = new() { Name = name };
        graph.Node.Add(nodes);
        graph.Input.Add(_inputs.Select(TensorDescriptions.Border));
        graph.Output.Add(_outputs.Select(output => TensorDescriptions.Border(output.Tensor)));
        HashSet<string> own = [.. nodes.SelectMany(node => node.Output), .. _inputs.Select(input => input.Name), ""];
        return (
            graph,
            [
                .. nodes
                    .SelectMany(node => node.Input.Concat(_captures.GetValueOrDefault(node.Name, [])))
                    .Where(input => !own.Contains(input))
                    .Distinct(),
            ]
        );
    }
}
