using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The inputs and outputs of a further graph set that this runtime relies on.</summary>
internal static class GraphSetSignature
{
    /// <summary>Name of the output with the weighted token maps of one cross-attention layer.</summary>
    public static string TokenMean(int layer) => FormattableString.Invariant($"token_mean_{layer}");

    /// <summary>Checks that a set offers every graph with the tensors the runtime uses.</summary>
    /// <exception cref="ArtifactException">Something is missing; every problem is named.</exception>
    public static void Check(BundleManifest manifest, BundleGraphSet set)
    {
        (string Graph, string[] Inputs, string[] Outputs)[] contract =
        [
            (BundleLayout.TimeTable, ["timestep"], ["shifts"]),
            (BundleLayout.PromptKeys, ["encoder_hidden_states"], []),
            (BundleLayout.Step, ["state", "step", "coefficients", "shifts"], ["next_state", "next_step"]),
            (BundleLayout.Denoiser, ["sample", "step", "shifts", "prompt"], ["out_sample"]),
            (
                BundleLayout.Attention,
                ["sample", "step", "shifts", "prompt", "token_weights"],
                [.. manifest.Model.Grounding.Layers.Select(TokenMean)]
            ),
        ];
        List<string> problems = [];
        foreach ((string name, string[] inputs, string[] outputs) in contract)
        {
            if (!set.Graphs.TryGetValue(name, out BundleGraph? graph))
            {
                problems.Add($"graph {name} is missing");
                continue;
            }

            HashSet<string> given = [.. inputs];
            if (name is not (BundleLayout.TimeTable or BundleLayout.PromptKeys))
            {
                // Keys and values come from the other graph, under their names there.
                given.UnionWith(
                    set.Graphs.TryGetValue(BundleLayout.PromptKeys, out BundleGraph? keys) ? keys.Outputs.Select(output => output.Name) : []
                );
            }

            problems.AddRange(
                inputs.Except(graph.Inputs.Select(input => input.Name)).Select(input => $"graph {name} has no input {input}")
            );
            problems.AddRange(
                graph.Inputs.Where(input => !given.Contains(input.Name)).Select(input => $"graph {name} has an unknown input {input.Name}")
            );
            problems.AddRange(
                outputs.Except(graph.Outputs.Select(output => output.Name)).Select(output => $"graph {name} has no output {output}")
            );
        }

        if (problems.Count > 0)
        {
            throw new ArtifactException(
                $"bundle {manifest.Id}: graph set for {set.Math} on {string.Join(", ", set.Providers)}: {string.Join("; ", problems)}; "
                    + $"export it again"
            );
        }
    }
}
