namespace CxrOnnx.Phantom;

/// <summary>The parts of a synthetic report that speak of its image.</summary>
/// <param name="Findings">The sentences under <c>FINDINGS</c>.</param>
/// <param name="Impression">The text under <c>IMPRESSION</c>; null where the report has none.</param>
public sealed record ReportSections(string Findings, string? Impression)
{
    private const string FindingsHeading = "FINDINGS: ";
    private const string ImpressionHeading = "\nIMPRESSION: ";

    /// <summary>Takes a report of <see cref="PhantomGenerator.Write"/> apart; what was asked and compared is left out.</summary>
    /// <param name="report">The report.</param>
    /// <exception cref="ArgumentException">It has no findings: it is no report of the generator.</exception>
    public static ReportSections Of(string report)
    {
        int start = report.IndexOf(FindingsHeading, StringComparison.Ordinal);
        if (start < 0)
        {
            throw new ArgumentException($"no '{FindingsHeading.Trim()}' in the report '{report}'", nameof(report));
        }

        start += FindingsHeading.Length;
        int end = report.IndexOf(ImpressionHeading, start, StringComparison.Ordinal);
        return end < 0
            ? new ReportSections(Line(report[start..]), null)
            : new ReportSections(Line(report[start..end]), Line(report[(end + ImpressionHeading.Length)..]));
    }

    private static string Line(string text) => string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Trim();
}
