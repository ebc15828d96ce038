using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Lab.Curation;

/// <summary>
/// What the reader remarked on the reports of a set, so that nothing it did not read is lost unseen: <c>remarks.jsonl</c>, and counts.
/// </summary>
internal sealed class CurationRemarks
{
    private const int MostExamples = 6;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        // Quotation marks and letters as they are: people read it.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly List<Line> _lines = [];

    /// <summary>Reports with a remark.</summary>
    public int Reports => _lines.Count;

    /// <summary>Every kind of remark, the most frequent first: its reports, the first of them, and what it names there.</summary>
    public IReadOnlyList<(string Kind, int Reports, string First, IReadOnlyList<string> Examples)> Kinds =>
        [
            .. _lines
                .SelectMany(line => line.Remarks.Select(remark => (line.Report, Remark: remark)))
                .GroupBy(item => item.Remark.Kind, StringComparer.Ordinal)
                .Select(group =>
                    (
                        Kind: group.Key,
                        Reports: group.Select(item => item.Report).Distinct().Count(),
                        First: group.First().Report,
                        Examples: (IReadOnlyList<string>)
                            [.. group.Select(item => item.Remark.Subject).OfType<string>().Distinct().Take(MostExamples)]
                    )
                )
                .OrderByDescending(kind => kind.Reports)
                .ThenBy(kind => kind.Kind, StringComparer.Ordinal),
        ];

    /// <summary>Takes the remarks on one report; for one that was refused, why.</summary>
    public void Add(CuratedReport report)
    {
        ReportRemark[] remarks = report.Refusal is { } refusal ? [new("not read", refusal)] : [.. report.Remarks];
        if (remarks.Length > 0)
        {
            _lines.Add(new Line(report.Key, remarks));
        }
    }

    /// <summary>Writes an object per report that has remarks: <c>report</c> and <c>remarks</c>. Empty where none has.</summary>
    public void Write(string path) =>
        AtomicFile.WriteText(path, string.Concat(_lines.Select(line => JsonSerializer.Serialize(line, Json) + "\n")));

    private sealed record Line(string Report, IReadOnlyList<ReportRemark> Remarks);
}
