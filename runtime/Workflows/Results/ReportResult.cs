namespace CxrOnnx.Workflows.Results;

/// <summary>What was read out of a report, and what was not. The findings are the phrases of the result.</summary>
/// <param name="Findings">Number of findings that are present; 0 for a normal report.</param>
/// <param name="Denied">Every place where a pathology is named that makes no finding.</param>
/// <param name="SkippedSections">The parts that were not read.</param>
/// <param name="Remarks">What the reader should know, as texts: "kind: what it names".</param>
/// <param name="OtherLanguage">Language of sentences that were left out because they are not English, or null.</param>
public sealed record ReportResult(
    int Findings,
    IReadOnlyList<DeniedResult> Denied,
    IReadOnlyList<SkippedSectionResult> SkippedSections,
    IReadOnlyList<string> Remarks,
    string? OtherLanguage
);

/// <summary>A place where a report names a pathology that makes no finding.</summary>
/// <param name="Pathology">The pathology.</param>
/// <param name="Locations">Its locations; may be empty.</param>
/// <param name="Sense"><c>absent</c>, <c>gone</c>, <c>past</c>, <c>asked</c> or <c>corrected</c>.</param>
/// <param name="Sentence">The sentence, as written.</param>
public sealed record DeniedResult(string Pathology, IReadOnlyList<string> Locations, string Sense, string Sentence);

/// <summary>A part of a report that was not read.</summary>
/// <param name="Name">Its heading as written; empty for text before the first heading.</param>
/// <param name="Reason">Why.</param>
/// <param name="Sentences">Number of its sentences.</param>
/// <param name="Characters">Number of its characters.</param>
public sealed record SkippedSectionResult(string Name, string Reason, int Sentences, int Characters);
