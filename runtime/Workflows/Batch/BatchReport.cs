using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>A report of a manifest.</summary>
/// <param name="Name">The report as the manifest names it.</param>
/// <param name="Reading">What it says; null where it was refused.</param>
/// <param name="Error">Why it was refused; null otherwise.</param>
public sealed record BatchReport(string Name, ReportReading? Reading, string? Error)
{
    /// <summary>Whether it was read and has no finding: a normal report.</summary>
    public bool IsNormal => Reading is { Findings.Count: 0 };

    /// <summary>Whether it gets a line of its own: a normal report and a refused one do; the findings of others have theirs.</summary>
    public bool HasLine => IsNormal || Error is not null;
}
