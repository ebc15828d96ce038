using System.Collections.Concurrent;
using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>Phrases that a file of answers does not answer: refused all at once before the first is scored, or counted.</summary>
/// <param name="source">The file, for messages.</param>
/// <param name="policy">What is done with them.</param>
internal sealed class Unanswered(string source, UnansweredPolicy policy)
{
    private const int Shown = 3;

    private readonly ConcurrentDictionary<CaseKey, bool> _asked = [];

    /// <summary>Refuses a file that lacks answers that are needed.</summary>
    /// <param name="cases">All cases.</param>
    /// <param name="isAnswered">Whether the file answers a case.</param>
    /// <param name="hint">What to do about it.</param>
    /// <exception cref="InputException">Some are missing, or all of a class.</exception>
    public void Check(IReadOnlyList<EvaluationCase> cases, Func<EvaluationCase, bool> isAnswered, string hint)
    {
        EvaluationCase[] missing = [.. cases.Where(item => !isAnswered(item))];
        string list = string.Join("; ", missing.Take(Shown).Select(item => item.Key)) + (missing.Length > Shown ? "; ..." : "");
        if (missing.Length > 0 && policy == UnansweredPolicy.Refuse)
        {
            throw new InputException(
                $"{source}: no answer to {missing.Length} of {cases.Count} phrases: {list}; {hint}, or say with `unanswered` what they "
                    + "count as"
            );
        }

        // An average over fewer classes than the other systems' would stand beside theirs as if it were the same.
        string? without = cases.GroupBy(item => item.CategoryName).FirstOrDefault(group => !group.Any(isAnswered))?.Key;
        if (without is not null && policy == UnansweredPolicy.LeaveOut)
        {
            throw new InputException(
                $"{source}: no answer to any phrase of {without}, and the average is one over all classes; take the class out of the "
                    + "annotations, or answer it"
            );
        }
    }

    /// <summary>What a phrase without an answer counts as.</summary>
    /// <param name="item">The case.</param>
    /// <exception cref="InputException">It is refused.</exception>
    public Prediction Answer(EvaluationCase item)
    {
        _asked[item.Key] = true;
        return policy switch
        {
            UnansweredPolicy.LeaveOut => Prediction.None,
            UnansweredPolicy.Zero => Prediction.Of([]),
            _ => throw new InputException($"{source}: no answer to {item.Key}"),
        };
    }

    /// <summary>How many there were and what they count as.</summary>
    public IReadOnlyList<string> Notes =>
        _asked.IsEmpty
            ? []
            :
            [
                string.Create(CultureInfo.InvariantCulture, $"no answer to {_asked.Count} phrase{(_asked.Count == 1 ? "" : "s")} (")
                    + $"{string.Join(", ", Classes())}); "
                    + (
                        policy == UnansweredPolicy.LeaveOut
                            ? "left out: its figures are of the others, comparisons of the phrases that both answered."
                            : "counted as an overlap of 0."
                    ),
            ];

    private IEnumerable<string> Classes() =>
        _asked
            .Keys.GroupBy(key => key.CategoryName)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} {group.Count()}"));
}
