using System.Text.RegularExpressions;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>
/// Plain weights and their exponential moving average in one file: names such as <c>ema_model.</c> or <c>model_ema.</c>. The plain ones are
/// taken, and the notes say so; the key chooses the others.
/// </summary>
internal static partial class AveragedWeights
{
    private static readonly string[] PlainNames = ["model", "online_model", "net", "unet"];

    /// <summary>Whether a name, of a dictionary or of the first part of a tensor's name, stands for averaged weights.</summary>
    public static bool Is(string name) => Averaged().IsMatch(name);

    /// <summary>Takes the plain weights out of a checkpoint that has both, or the averaged ones where there are no others.</summary>
    /// <param name="file">The checkpoint; closed with the result.</param>
    /// <returns>A view, or the checkpoint itself where all of it is of one kind.</returns>
    public static ITensorFile Separate(ITensorFile file)
    {
        string[] averaged = [.. file.Tensors.Keys.Select(First).Where(Is).Distinct()];
        if (averaged.Length == 0)
        {
            return file;
        }

        (string outer, IReadOnlyList<string> earlier) = file is ICheckpoint known ? (known.Key, known.Notes) : ("", []);
        string[] plain = [.. file.Tensors.Keys.Where(name => !averaged.Contains(First(name)))];

        // A step count or decay beside the averaged weights is no model.
        bool isOnly = plain.All(name => !name.Contains('.') && file.Tensors[name].ElementCount <= 1);
        if (isOnly && averaged.Length > 1)
        {
            return file;
        }

        string first = isOnly ? averaged[0] : First(plain.FirstOrDefault(name => name.Contains('.')) ?? "");
        bool isWrapped =
            isOnly
            || (
                PlainNames.Contains(first)
                && plain.All(name => First(name) == first || (!name.Contains('.') && file.Tensors[name].ElementCount <= 1))
            );
        string prefix = isWrapped ? $"{first}." : "";
        string taken = isWrapped ? $"'{first}'" : "the tensors outside of them";
        string note = isOnly
            ? $"took '{first}', the averaged (EMA) weights; there are no others"
            : $"took {taken}, the plain weights; {string.Join(", ", averaged.Select(name => $"'{name}'"))} holds the averaged (EMA) "
                + $"ones: choose them with FILE#{(outer.Length > 0 ? $"{outer}." : "")}{averaged[0]}";
        return new NamePrefixCheckpoint(
            file,
            prefix,
            isWrapped ? Join(outer, first) : outer,
            [.. earlier, note],
            name => isOnly || !averaged.Contains(First(name))
        );
    }

    /// <summary>A key within a key.</summary>
    public static string Join(string outer, string inner) =>
        outer.Length == 0 ? inner
        : inner.Length == 0 ? outer
        : $"{outer}.{inner}";

    private static string First(string name) => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[..dot] : "";

    [GeneratedRegex(@"(^|[_\-])(ema|swa)([_\-\d]|$)|^ema[A-Z]", RegexOptions.IgnoreCase)]
    private static partial Regex Averaged();
}
