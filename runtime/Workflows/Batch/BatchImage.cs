using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>An image of a manifest with everything asked about it.</summary>
/// <param name="Position">Position among the manifest's images, from 0.</param>
/// <param name="Image">The image as the manifest names it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Phrases">The phrases, each once, in order: those that were given and the findings of its reports.</param>
public sealed record BatchImage(int Position, string Image, string Path, IReadOnlyList<string> Phrases)
{
    /// <summary>The frame or page of the file, from 1; null where it has one.</summary>
    public int? Frame { get; init; }

    /// <summary>Its reports, each once, in order.</summary>
    public IReadOnlyList<BatchReport> Reports { get; init; } = [];

    /// <summary>The report that a phrase is a finding of, with what it says of it; null where the phrase was given as such.</summary>
    /// <param name="phrase">The phrase.</param>
    public (BatchReport Report, ReportFinding Finding)? OfReport(string phrase)
    {
        foreach (BatchReport report in Reports)
        {
            if (report.Reading?.Findings.FirstOrDefault(finding => finding.Prompt.Text == phrase) is { } found)
            {
                return (report, found);
            }
        }

        return null;
    }
}
