using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Graph;

/// <summary>A finished graph whose weights still wait for their place in <c>weights.safetensors</c>.</summary>
internal sealed class OnnxGraph
{
    /// <summary>Takes over a built model.</summary>
    public OnnxGraph(string name, ModelProto model, IReadOnlyList<StoredWeight> weights, BundleGraph signature)
    {
        Name = name;
        Model = model;
        Weights = weights;
        Signature = signature;
    }

    /// <summary>Name in the manifest, such as <c>denoiser</c>.</summary>
    public string Name { get; }

    /// <summary>The protobuf.</summary>
    public ModelProto Model { get; }

    /// <summary>The weights that the graph uses, in order of first use.</summary>
    public IReadOnlyList<StoredWeight> Weights { get; }

    /// <summary>File name, inputs and outputs.</summary>
    public BundleGraph Signature { get; }

    /// <summary>The same graph in a file of another name.</summary>
    /// <param name="prefix">Put before the name; ends in a slash for a folder of the bundle.</param>
    public OnnxGraph In(string prefix) => new(Name, Model, Weights, Signature with { File = $"{prefix}{Signature.File}" });

    /// <summary>Points every weight to its bytes.</summary>
    /// <param name="file">Name of the weight file, beside the graph.</param>
    /// <param name="offsets">Absolute offset of each stored tensor in that file.</param>
    public void PlaceWeights(string file, IReadOnlyDictionary<string, long> offsets)
    {
        Dictionary<string, StoredWeight> weights = Weights.ToDictionary(weight => weight.Name);
        foreach (TensorProto tensor in Model.Graph.Initializer)
        {
            if (!weights.TryGetValue(tensor.Name, out StoredWeight? weight))
            {
                continue;
            }

            tensor.ExternalData.Clear();
            Add(tensor, "location", file);
            Add(tensor, "offset", FormattableString.Invariant($"{offsets[weight.Name]}"));
            Add(tensor, "length", FormattableString.Invariant($"{weight.ByteCount}"));
        }
    }

    private static void Add(TensorProto tensor, string key, string value) =>
        tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
}
