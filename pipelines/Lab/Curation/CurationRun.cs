using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Lab.Curation;

/// <summary>Carries out <c>cxr-lab curate</c>: chooses images, reads reports, writes the set with its statistics and its summary.</summary>
internal sealed class CurationRun
{
    private readonly CurationRequest _request;
    private readonly HashSet<string> _labellers = [];

    /// <summary>Chooses the images.</summary>
    /// <exception cref="InputException">Something of the request or of a file is wrong.</exception>
    public CurationRun(CurationRequest request)
    {
        request.Check();
        _request = request;
        Images = StudyImages.Choose(request.Images);
    }

    /// <summary>The images.</summary>
    public StudyImages Images { get; }

    /// <summary>The set.</summary>
    public TuningSetBuilder Set { get; } = new();

    /// <summary>How well the recogniser reads, where the truth is known; else null.</summary>
    public RecogniserAccuracy? Accuracy { get; private set; }

    /// <summary>Reports that could not be read.</summary>
    public List<CuratedReport> Refused { get; } = [];

    /// <summary>What the reader remarked on the reports.</summary>
    public CurationRemarks Remarks { get; } = new();

    /// <summary>File of the remarks.</summary>
    public string RemarksPath => System.IO.Path.Combine(_request.Folder, "remarks.jsonl");

    /// <summary>File of the set.</summary>
    public string Path => System.IO.Path.Combine(_request.Folder, "tuning-set.jsonl");

    /// <summary>Reads all reports and writes the files.</summary>
    /// <exception cref="InputException">A report's file is wrong, or no sample came of them.</exception>
    public (CurationSummary Summary, CurationStatistics Statistics) Execute(CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, IReadOnlyList<StandardPrompt>>? known = _request.Truth is { } file ? KnownFindings.Load(file) : null;
        Accuracy = known is null ? null : new RecogniserAccuracy();
        foreach (
            CuratedReport report in _request.RadGraph is { } labelled
                ? RadGraphSource.Open(labelled, _request.Reports)
                : ReportSource.Open(_request.Reports!)
        )
        {
            cancellation.ThrowIfCancellationRequested();
            Remarks.Add(report);
            if (report.Refusal is not null)
            {
                Refused.Add(report);
            }

            if (report.Labeller is { } person && _labellers.Add(person))
            {
                Images.Notes.Add($"radgraph: the labels of {person} were taken, those of others were not looked at");
            }

            Set.Add(report, Images, _request.Validation, !_request.CertainOnly);
            Accuracy?.Add(
                report,
                known!.TryGetValue(report.Key, out IReadOnlyList<StandardPrompt>? findings)
                    ? findings
                    : throw new InputException($"--truth knows nothing about report {report.Key}")
            );
        }

        CurationSummary summary = new(_request, Set, Images, Remarks);
        if (Set.Entries.Count == 0)
        {
            throw new InputException(
                $"no sample: {Set.Reports} reports with {Set.Findings} findings, "
                    + $"{Set.ReportsLeftOut.GetValueOrDefault("without an image")} of them without an image; "
                    + (
                        summary.LeftOut.Count > 0 && Images.LeftOut.Count > 0
                            ? $"left out: {string.Join(", ", summary.LeftOut.Select(item => $"{item.Count} {item.Kind} ({item.Reason})"))}"
                            : "do the names of reports and images belong together?"
                    )
            );
        }

        CurationStatistics statistics = new(Set.Entries);
        TuningSetFile.Write(Path, Set.Entries);
        statistics.WriteCsv(System.IO.Path.Combine(_request.Folder, "statistics.csv"));
        statistics.WritePlot(
            System.IO.Path.Combine(_request.Folder, "statistics.png"),
            string.Create(CultureInfo.InvariantCulture, $"{Set.Entries.Count} samples of {Set.Reports} reports, per location and pathology")
        );
        Remarks.Write(RemarksPath);
        summary.Write(System.IO.Path.Combine(_request.Folder, "summary.json"));
        return (summary, statistics);
    }
}
