using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Grounding.Parity;

/// <summary>One golden case: the keys of its input and output tensors in the file, by tensor name.</summary>
internal sealed record GoldenCase(string Graph, string Name)
{
    public Dictionary<string, string> Inputs { get; } = [];

    public Dictionary<string, string> Outputs { get; } = [];

    /// <summary>Sorts a file's tensors into cases; keys that are not <c>graph/case/in|out/tensor</c> become problems.</summary>
    public static IReadOnlyList<GoldenCase> Read(ITensorFile file, List<string> problems)
    {
        Dictionary<(string Graph, string Name), GoldenCase> cases = [];
        foreach (string key in file.Tensors.Keys)
        {
            if (key.Split('/') is not [{ Length: > 0 } graph, { Length: > 0 } name, "in" or "out", { Length: > 0 } tensor] parts)
            {
                problems.Add($"tensor {key}: the name is not <graph>/<case>/in|out/<tensor>");
                continue;
            }

            if (!cases.TryGetValue((graph, name), out GoldenCase? golden))
            {
                cases.Add((graph, name), golden = new GoldenCase(graph, name));
            }

            (parts[2] == "in" ? golden.Inputs : golden.Outputs).Add(tensor, key);
        }

        if (cases.Count == 0)
        {
            problems.Add("the file has no golden case");
        }

        return [.. cases.Values];
    }
}
