namespace CxrOnnx.Core.Prompts;

/// <summary>What was read out of a report, and what was not. A normal report has no findings, which is an answer.</summary>
public sealed record ReportReading
{
    /// <summary>The pathologies that are present, each once, in the order in which they are first named.</summary>
    public required IReadOnlyList<ReportFinding> Findings { get; init; }

    /// <summary>Every place where a pathology is named that makes no finding, with its sentence and the reason.</summary>
    public required IReadOnlyList<ReportStatement> Denied { get; init; }

    /// <summary>The parts that were not read, in the order of the report.</summary>
    public required IReadOnlyList<SkippedSection> SkippedSections { get; init; }

    /// <summary>What the reader of the result should know.</summary>
    public required IReadOnlyList<ReportRemark> Remarks { get; init; }

    /// <summary>The language of sentences that were left out because they are not English; null where there are none.</summary>
    public string? OtherLanguage { get; init; }
}
