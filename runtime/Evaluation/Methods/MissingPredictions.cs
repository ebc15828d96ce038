using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>Tells of phrases that a file of answers lacks, all at once and before the first is scored.</summary>
internal static class MissingPredictions
{
    private const int Shown = 3;

    /// <summary>Refuses a file that lacks answers.</summary>
    /// <param name="source">The file, for the message.</param>
    /// <param name="cases">All cases.</param>
    /// <param name="isAnswered">Whether the file answers a case.</param>
    /// <param name="hint">What to do about it.</param>
    /// <exception cref="InputException">Some are missing.</exception>
    public static void Refuse(string source, IReadOnlyList<EvaluationCase> cases, Func<EvaluationCase, bool> isAnswered, string hint)
    {
        EvaluationCase[] missing = [.. cases.Where(item => !isAnswered(item))];
        if (missing.Length > 0)
        {
            string list = string.Join("; ", missing.Take(Shown).Select(item => item.Key)) + (missing.Length > Shown ? "; ..." : "");
            throw new InputException($"{source}: no answer to {missing.Length} of {cases.Count} phrases: {list}; {hint}");
        }
    }
}
