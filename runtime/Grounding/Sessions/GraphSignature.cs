using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The inputs and outputs that this runtime relies on, and the checks of a manifest and of a graph file against them.</summary>
internal static class GraphSignature
{
    /// <summary>Name of the output with the maps of one cross-attention layer.</summary>
    public static string AttentionOutput(int layer) => FormattableString.Invariant($"attention_{layer}");

    /// <summary>
    /// Whether a graph takes fewer samples than prompts: the batch of its samples then has a name of its own. The attention graphs of
    /// earlier exporters have one batch for all inputs.
    /// </summary>
    public static bool SharesSamples(BundleGraph attention)
    {
        string Batch(string input) => attention.Inputs.First(tensor => tensor.Name == input).Shape[0];
        return Batch("sample") != Batch("encoder_hidden_states");
    }

    /// <summary>Checks that the manifest offers every graph with the tensors the runtime uses.</summary>
    /// <exception cref="ArtifactException">Something is missing or has another type or rank; every problem is named.</exception>
    public static void CheckManifest(BundleManifest manifest)
    {
        (string Graph, Tensor[] Inputs, Tensor[] Outputs)[] contract =
        [
            (BundleLayout.TextEncoder, [new("input_ids", "int64", 2)], [new("last_hidden_state", "float32", 3)]),
            (BundleLayout.VaeEncoder, [new("image", "float32", 4)], [new("latents", "float32", 4)]),
            (BundleLayout.Denoiser, UNetInputs, [new("out_sample", "float32", 4)]),
            (
                BundleLayout.Attention,
                UNetInputs,
                [.. manifest.Model.Grounding.Layers.Select(layer => new Tensor(AttentionOutput(layer), "float32", 3))]
            ),
        ];
        List<string> problems = [];
        foreach ((string name, Tensor[] inputs, Tensor[] outputs) in contract)
        {
            if (!manifest.Graphs.TryGetValue(name, out BundleGraph? graph))
            {
                problems.Add($"graph {name} is missing");
                continue;
            }

            Compare(name, "input", inputs, graph.Inputs, problems, exact: true);
            Compare(name, "output", outputs, graph.Outputs, problems, exact: false);
        }

        if (problems.Count > 0)
        {
            throw new ArtifactException($"bundle {manifest.Id}: {string.Join("; ", problems)}; export it again");
        }
    }

    /// <summary>Checks that a loaded graph has the inputs and outputs its manifest entry lists.</summary>
    /// <exception cref="ArtifactException">They differ; every difference is named.</exception>
    public static void CheckGraph(BundleGraph graph, InferenceSession session)
    {
        List<string> problems = [];
        CompareFile("input", graph.Inputs, session.InputMetadata, problems);
        CompareFile("output", graph.Outputs, session.OutputMetadata, problems);
        if (problems.Count > 0)
        {
            throw new ArtifactException($"{graph.File}: {string.Join("; ", problems)}; export the bundle again");
        }
    }

    private static Tensor[] UNetInputs =>
        [new("sample", "float32", 4), new("timestep", "int64", 1), new("encoder_hidden_states", "float32", 3)];

    private static void Compare(
        string graph,
        string kind,
        Tensor[] wanted,
        IReadOnlyList<BundleTensor> got,
        List<string> problems,
        bool exact
    )
    {
        foreach (Tensor tensor in wanted)
        {
            BundleTensor? match = got.FirstOrDefault(candidate => candidate.Name == tensor.Name);
            if (match is null)
            {
                problems.Add($"graph {graph} has no {kind} {tensor.Name}");
            }
            else if (match.DataType != tensor.DataType || match.Shape.Count != tensor.Rank)
            {
                problems.Add(
                    $"graph {graph} {kind} {tensor.Name} is {match.DataType} of rank {match.Shape.Count}, wanted {tensor.DataType} of "
                        + $"rank {tensor.Rank}"
                );
            }
        }

        if (!exact)
        {
            return;
        }

        foreach (BundleTensor extra in got.Where(candidate => wanted.All(tensor => tensor.Name != candidate.Name)))
        {
            problems.Add($"graph {graph} has an {kind} {extra.Name} that this version does not know");
        }
    }

    private static void CompareFile(
        string kind,
        IReadOnlyList<BundleTensor> manifest,
        IReadOnlyDictionary<string, NodeMetadata> file,
        List<string> problems
    )
    {
        foreach (BundleTensor tensor in manifest)
        {
            if (!file.TryGetValue(tensor.Name, out NodeMetadata? node))
            {
                problems.Add($"no {kind} {tensor.Name}, which the manifest lists");
                continue;
            }

            string dataType = DataType(node);
            if (dataType != tensor.DataType || node.Dimensions.Length != tensor.Shape.Count)
            {
                problems.Add(
                    $"{kind} {tensor.Name} is {dataType} of rank {node.Dimensions.Length}, the manifest says {tensor.DataType} of rank "
                        + $"{tensor.Shape.Count}"
                );
                continue;
            }

            for (int i = 0; i < node.Dimensions.Length; i++)
            {
                bool fixedInBoth = node.Dimensions[i] >= 0 && int.TryParse(tensor.Shape[i], out _);
                if (fixedInBoth && tensor.Shape[i] != FormattableString.Invariant($"{node.Dimensions[i]}"))
                {
                    problems.Add($"{kind} {tensor.Name} has {node.Dimensions[i]} in dimension {i}, the manifest says {tensor.Shape[i]}");
                }
            }
        }

        foreach (string extra in file.Keys.Where(name => manifest.All(tensor => tensor.Name != name)))
        {
            problems.Add($"{kind} {extra} is not in the manifest");
        }
    }

    private static string DataType(NodeMetadata node) =>
        node.ElementType == typeof(float) ? "float32"
        : node.ElementType == typeof(long) ? "int64"
        : node.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16 ? "float16"
        : node.ElementDataType.ToString();

    private sealed record Tensor(string Name, string DataType, int Rank);
}
