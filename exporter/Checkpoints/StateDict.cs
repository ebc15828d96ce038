using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints;

/// <summary>What all users of a state dict need: one spelling of the names, and a check against what a model expects.</summary>
public static class StateDict
{
    private const int Named = 5;
    private const int ListedInDetail = 200;

    /// <summary>
    /// A view of a checkpoint under the names of MONAI GenerativeModels and Hugging Face, whichever layout it was written in.
    /// </summary>
    /// <param name="file">The checkpoint; it is closed with the view.</param>
    /// <exception cref="ArtifactException">Two tensors would get the same name.</exception>
    public static NormalizedStateDict Normalize(ITensorFile file) => new(file);

    /// <summary>
    /// Compares names and shapes with a model's and throws one exception that counts every difference, names five of each kind, and says
    /// what the file looks like where it is another part of a model. Its inner exception lists more.
    /// </summary>
    /// <param name="file">The (normalized) checkpoint.</param>
    /// <param name="expected">Every tensor of the model with its shape.</param>
    /// <exception cref="ArtifactException">Tensors are missing, unknown, or have other shapes.</exception>
    public static void Check(ITensorFile file, IReadOnlyDictionary<string, IReadOnlyList<long>> expected)
    {
        List<string> missing =
        [
            .. expected.Where(entry => !file.Tensors.ContainsKey(entry.Key)).Select(entry => $"{entry.Key} {Text(entry.Value)}"),
        ];
        List<string> extra =
        [
            .. file.Tensors.Values.Where(info => !expected.ContainsKey(info.Name)).Select(info => $"{info.Name} {info.ShapeText}"),
        ];
        List<string> shapes =
        [
            .. expected
                .Where(entry => file.Tensors.TryGetValue(entry.Key, out TensorInfo? info) && !info.Shape.SequenceEqual(entry.Value))
                .Select(entry => $"{entry.Key} {file.Tensors[entry.Key].ShapeText} instead of {Text(entry.Value)}"),
        ];
        if (missing.Count + extra.Count + shapes.Count == 0)
        {
            return;
        }

        string all = Differences(ListedInDetail);
        string some = Differences(Named);
        string what = Guess(file, expected) is { } guess ? $"this looks like {guess}; " : "";
        throw new ArtifactException(
            $"{file.Source}: does not fit the model configuration: {what}{some}",
            all == some ? null : new ArtifactException(all)
        );

        string Differences(int most) =>
            string.Join(
                "; ",
                new[]
                {
                    Part("missing", missing, most),
                    Part("not known to the model", extra, most),
                    Part("of another shape", shapes, most),
                }.Where(part => part.Length > 0)
            );
    }

    /// <summary>What the file is, where that is another thing than what was expected.</summary>
    private static string? Guess(ITensorFile file, IReadOnlyDictionary<string, IReadOnlyList<long>> expected) =>
        StateDictKind.Of(file.Tensors.Keys) is { } found && found != StateDictKind.Of(expected.Keys) ? found : null;

    private static string Part(string what, List<string> names, int most) =>
        names.Count == 0
            ? ""
            : $"{names.Count} {what}: {string.Join(", ", names.Take(most))}{(names.Count > most ? $" and {names.Count - most} more" : "")}";

    private static string Text(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
