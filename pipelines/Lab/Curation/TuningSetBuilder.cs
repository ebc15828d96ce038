using CxrOnnx.Core.Prompts;
using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Lab.Curation;

/// <summary>Turns reports into a tuning set: one sample per image and located finding.</summary>
internal sealed class TuningSetBuilder
{
    private readonly List<TuningSetEntry> _entries = [];
    private readonly HashSet<string> _patients = [];
    private readonly HashSet<string> _studies = [];

    /// <summary>The samples, in the order of the reports.</summary>
    public IReadOnlyList<TuningSetEntry> Entries => _entries;

    /// <summary>Reports read.</summary>
    public int Reports { get; private set; }

    /// <summary>Patients of the reports, as far as they are told apart.</summary>
    public int Patients => _patients.Count;

    /// <summary>Findings read, with and without a place.</summary>
    public int Findings { get; private set; }

    /// <summary>Findings left out because the report names no place for them, by pathology.</summary>
    public SortedDictionary<string, int> WithoutLocation { get; } = new(StringComparer.Ordinal);

    /// <summary>Findings left out because the report hedges them.</summary>
    public int Uncertain { get; private set; }

    /// <summary>Number of reports that made no sample although they were read, by reason.</summary>
    public SortedDictionary<string, int> ReportsLeftOut { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds the findings of one report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="studies">The images of studies.</param>
    /// <param name="validationShare">Share of patients kept for validation, where no split file decides.</param>
    /// <param name="keepUncertain">Whether hedged findings count.</param>
    public void Add(CuratedReport report, StudyImages studies, double validationShare, bool keepUncertain)
    {
        StudyImage[] images = [.. studies[report.Key]];
        Reports++;
        string patient = report.PatientId ?? images.FirstOrDefault()?.PatientId ?? report.Key;
        _patients.Add(patient);
        string? reason =
            !_studies.Add(report.Key) ? "a second report of the same study"
            : report.Refusal is not null ? "could not be read"
            : studies.Excludes(report.PatientId, report.Key) is { } file ? $"patient of {file}"
            : null;
        if (reason is not null)
        {
            LeaveOut(reason);
            return;
        }

        Findings += report.Findings.Count;
        List<ReportFinding> usable = [];
        foreach (ReportFinding finding in report.Findings)
        {
            if (finding.Locations.Count == 0)
            {
                WithoutLocation[finding.Pathology.Name] = WithoutLocation.GetValueOrDefault(finding.Pathology.Name) + 1;
            }
            else if (finding.IsUncertain && !keepUncertain)
            {
                Uncertain++;
            }
            else
            {
                usable.Add(finding);
            }
        }

        if (usable.Count > 0 && images.Length == 0)
        {
            LeaveOut(studies.HasAny(report.Key) ? "all images left out" : "without an image");
        }

        _entries.AddRange(
            images.SelectMany(image =>
                usable.Select(finding => new TuningSetEntry
                {
                    Image = image.Path,
                    ImageId = image.ImageId,
                    StudyId = report.Key,
                    Prompt = finding.Prompt.Text,
                    Pathology = finding.Pathology.Name,
                    Locations = [.. finding.Locations.Select(location => location.Name)],
                    Split = image.Split ?? TuningSetFile.SplitOf(patient, validationShare),
                    Uncertain = finding.IsUncertain,
                })
            )
        );
    }

    private void LeaveOut(string reason) => ReportsLeftOut[reason] = ReportsLeftOut.GetValueOrDefault(reason) + 1;
}
