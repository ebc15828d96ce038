using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>A report that has been read.</summary>
/// <param name="Key">Identifier of its study (or image) as its source writes it.</param>
/// <param name="PatientId">Identifier of the patient, or null where the source does not tell.</param>
/// <param name="Findings">What it says is present.</param>
/// <param name="Statements">Every place where it names a pathology.</param>
/// <param name="Sentences">Its sentences.</param>
internal sealed record CuratedReport(
    string Key,
    string? PatientId,
    IReadOnlyList<ReportFinding> Findings,
    IReadOnlyList<ReportStatement> Statements,
    IReadOnlyList<string> Sentences
)
{
    /// <summary>Why the text was not read, for example its language; null where it was.</summary>
    public string? Refusal { get; init; }

    /// <summary>
    /// What the reader remarked, for example words that look like typing errors and were not read. RadGraph's labels get none.
    /// </summary>
    public IReadOnlyList<ReportRemark> Remarks { get; init; } = [];

    /// <summary>Reads a text by the built-in rules. One that they refuse has no findings, and says why.</summary>
    public static CuratedReport OfText(string key, string? patientId, string text)
    {
        try
        {
            ReportReading reading = ReportParser.Read(text);
            return new(key, patientId, reading.Findings, [.. ReportParser.Statements(text)], [.. ReportParser.Sentences(text)])
            {
                Remarks = reading.Remarks,
            };
        }
        catch (InputException refusal)
        {
            return new(key, patientId, [], [], []) { Refusal = refusal.Message };
        }
    }

    /// <summary>Whose labels were taken, where RadGraph's file has those of several people; else null.</summary>
    public string? Labeller { get; init; }

    /// <summary>Reads a report that RadGraph has labelled.</summary>
    public static CuratedReport OfRadGraph(RadGraphReport report, string key, string? patientId) =>
        new(
            StudyKey.Of(key),
            patientId,
            ReportParser.Findings(report),
            [.. ReportParser.Statements(report)],
            [.. ReportParser.Sentences(report)]
        )
        {
            Labeller = report.Labeller,
        };
}
