using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints;

/// <summary>What all users of a state dict need: one spelling of the names, and a check against what a model expects.</summary>
public static class StateDict
{
    private const int MaxListed = 200;

    /// <summary>
    /// A view of a checkpoint under the names of MONAI GenerativeModels and Hugging Face, whichever layout it was written in.
    /// </summary>
    /// <param name="file">The checkpoint; it is closed with the view.</param>
    /// <exception cref="ArtifactException">Two tensors would get the same name.</exception>
    public static NormalizedStateDict Normalize(ITensorFile file) => new(file);

    /// <summary>Compares names and shapes with a model's and throws one exception that lists every difference.</summary>
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

        StringBuilder message = new($"{file.Source}: does not fit the model configuration: ");
        message.AppendJoin(
            "; ",
            new[] { Part("missing", missing), Part("not known to the model", extra), Part("of another shape", shapes) }.Where(part =>
                part.Length > 0
            )
        );
        throw new ArtifactException(message.ToString());
    }

    private static string Part(string what, List<string> names) =>
        names.Count == 0
            ? ""
            : $"{names.Count} {what}: "
                + $"{string.Join(", ", names.Take(MaxListed))}{(names.Count > MaxListed ? $" and {names.Count - MaxListed} more" : "")}";

    private static string Text(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
