namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Findings that were read without a place in a sentence that names one. The place may be theirs: of reports that no rule had seen, a
/// quarter of the misread ones are of this kind (docs/curation.md).
/// </summary>
internal static class PlacelessFindings
{
    /// <summary>Whether a sentence has such a finding. A heart needs no place, and edema has one.</summary>
    /// <param name="words">Its words.</param>
    /// <param name="statements">What was read in it.</param>
    public static bool Any(IReadOnlyList<ReportWord> words, IEnumerable<ReportStatement> statements) =>
        Enumerable.Range(0, words.Count).Any(i => NamesPlace(words, i))
        && statements.Any(statement =>
            !statement.IsDenied
            && statement.Locations.Count == 0
            && statement.Pathology != Pathology.Cardiomegaly
            && statement.Pathology != Pathology.Edema
        );

    private static bool NamesPlace(IReadOnlyList<ReportWord> words, int i)
    {
        string word = words[i].Text,
            next = i + 1 < words.Count ? words[i + 1].Text : "",
            second = i + 2 < words.Count ? words[i + 2].Text : "";

        // "Pleural effusion" says what it is, not where; "upper limits of normal", "upper abdomen", "lower lung volumes" are no places.
        bool isOther =
            word == "pleural"
            || next is "limit" or "limits" or "abdomen" or "abdominal" or "quadrant" or "volumes"
            || (next == "lung" && second is "volume" or "volumes");
        return !isOther
            && (
                word is "ipsilateral" or "contralateral" or "opposite"
                || LocationWords.IsPlace(word)
                || (LocationWords.SideOf(word) is not null && !PlaceMask.IsNoSideOfFinding(words, i))
            );
    }
}
