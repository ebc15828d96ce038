using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>Keeps the wanted parts of a data set.</summary>
internal static class SplitFilter
{
    /// <summary>The rows whose <c>split</c> is asked for; all where none is.</summary>
    /// <exception cref="InputException">The file has no such part.</exception>
    public static IReadOnlyList<PhraseRow> Apply(DatasetSource source, IReadOnlyList<PhraseRow> rows, List<string> notes)
    {
        string[] wanted = [.. source.Splits.Where(name => !IsLocation(name))];
        if (wanted.Length == 0)
        {
            return rows;
        }

        string[] known =
        [
            .. rows.Select(row => row.Split)
                .OfType<string>()
                .Where(name => name.Length > 0)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal),
        ];
        if (rows.Count > 0 && rows.All(row => row.Split is null))
        {
            throw new InputException(
                $"{source.Annotations}: names no splits (column split of MS-CXR 1.1.0); leave out `split`, or give that version's file"
            );
        }

        if (wanted.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new InputException(
                $"`split` {unknown}: {source.Annotations} has {string.Join(", ", known)}, and {DatasetSource.WithLocation} for "
                    + $"phrases that "
                    + $"name a place"
            );
        }

        PhraseRow[] kept = [.. rows.Where(row => wanted.Contains(row.Split, StringComparer.OrdinalIgnoreCase))];
        notes.Add($"Split {string.Join(" and ", wanted)}: {kept.Length} of the file's {rows.Count} boxes.");
        return kept;
    }

    /// <summary>The cases that name a place, where that is asked for.</summary>
    /// <remarks>
    /// The paper's MS-CXR-loc (Vilouras et al., MIDL 2026, arXiv:2506.10633, section 4.1) by our own reading of the phrases: the published
    /// list of its cases does not exist.
    /// </remarks>
    public static IReadOnlyList<EvaluationCase> WithLocation(DatasetSource source, IReadOnlyList<EvaluationCase> cases, List<string> notes)
    {
        if (!source.Splits.Any(IsLocation))
        {
            return cases;
        }

        EvaluationCase[] kept = [.. cases.Where(item => PhraseLocations.StandardPromptOf(item) is { Locations.Count: > 0 })];
        notes.Add(
            $"Subset {DatasetSource.WithLocation} (MS-CXR-loc as we read it): {kept.Length} of {cases.Count} phrases are of one "
                + $"of the eight "
                + "pathologies and name one of the 27 locations by our rules; an enlarged heart and an edema without another "
                + "place have their own."
        );
        return kept;
    }

    private static bool IsLocation(string name) => string.Equals(name, DatasetSource.WithLocation, StringComparison.OrdinalIgnoreCase);
}
