namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Findings that were read without a place in a sentence that names one. The place may be theirs: of reports that no rule had seen, a quarter
/// of the misread ones are of this kind (docs/curation.md).
/// </summary>
internal static class PlacelessFindings
{
    /// <summary>Whether a sentence has such a finding. A heart needs no place, and edema has one of its own.</summary>
    /// <param name="words">Its words.</param>
    /// <param name="statements">What was read in it.</param>
    public static bool Any(IReadOnlyList<ReportWord> words, IEnumerable<ReportStatement> statements) =>
        Enumerable.Range(0, words.Count).Any(i => NamesPlace(words[i].Text) && !PlaceMask.IsNoSideOfFinding(words, i))
        && statements.Any(statement =>
            !statement.IsDenied
            && statement.Locations.Count == 0
            && statement.Pathology != Pathology.Cardiomegaly
            && statement.Pathology != Pathology.Edema
        );

    // "Pleural effusion" says what it is, not where.
    private static bool NamesPlace(string word) =>
        word != "pleural"
        && (
            LocationWords.SideOf(word) is not null || LocationWords.IsPlace(word) || word is "ipsilateral" or "contralateral" or "opposite"
        );
}
