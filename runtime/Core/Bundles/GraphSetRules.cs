namespace CxrOnnx.Core.Bundles;

/// <summary>What a manifest's further graph sets have to do with its other parts.</summary>
internal static class GraphSetRules
{
    private static readonly string[] Providers = ["cpu", "cuda", "tensorrt"];
    private static readonly string[] Precisions = ["fp32", "tf32", "fp16"];

    /// <summary>Every problem, each as one sentence that begins with the field.</summary>
    public static IEnumerable<string> Problems(BundleManifest manifest)
    {
        HashSet<string> files = [.. manifest.Files.Select(file => file.Path)];
        HashSet<string> served = [];
        foreach ((string name, BundleGraphSet set) in manifest.GraphSets ?? new Dictionary<string, BundleGraphSet>())
        {
            string field = $"graph_sets.{Printable(name)}";
            if (!Precisions.Contains(set.Math))
            {
                yield return $"{field}.math: is '{Printable(set.Math)}', {string.Join(", ", Precisions)} are known";
            }

            if (set.Providers.Count == 0 || set.Providers.Any(provider => !Providers.Contains(provider)))
            {
                yield return $"{field}.providers: are '{Printable(string.Join(", ", set.Providers))}', one or more of "
                    + $"{string.Join(", ", Providers)} were expected";
            }

            foreach (string provider in set.Providers.Where(provider => !served.Add($"{set.Math} on {provider}")))
            {
                yield return $"{field}: {Printable(set.Math)} on {Printable(provider)} is served by an earlier set already";
            }

            if (!files.Contains(set.WeightFile))
            {
                yield return $"{field}.weight_file: '{Printable(set.WeightFile)}' is not among the bundle's files";
            }

            if (set.Graphs.Count == 0)
            {
                yield return $"{field}.graphs: there are none";
            }

            foreach ((string graph, BundleGraph description) in set.Graphs)
            {
                if (!files.Contains(description.File))
                {
                    yield return $"{field}.graphs.{Printable(graph)}: its file '{Printable(description.File)}' is not among the "
                        + $"bundle's files";
                }
            }

            foreach ((string output, double tolerance) in set.Tolerances)
            {
                if (!(double.IsFinite(tolerance) && tolerance > 0))
                {
                    yield return FormattableString.Invariant($"{field}.tolerances.{Printable(output)}: is {tolerance}, must be positive");
                }
            }
        }
    }

    private static string Printable(string text) => new([.. text.Take(200).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
