using CxrOnnx.Core.Prompts;
using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Lab.Curation;

/// <summary>Turns reports into a tuning set: one sample per image and located finding.</summary>
internal sealed class TuningSetBuilder
{
    private readonly List<TuningSetEntry> _entries = [];
    private readonly HashSet<string> _patients = [];

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

    /// <summary>Reports with findings but without an image.</summary>
    public int ReportsWithoutImage { get; private set; }

    /// <summary>Adds the findings of one report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="images">The images of its study.</param>
    /// <param name="validationShare">Share of patients kept for validation.</param>
    /// <param name="keepUncertain">Whether hedged findings count.</param>
    public void Add(CuratedReport report, IReadOnlyList<StudyImage> images, double validationShare, bool keepUncertain)
    {
        Reports++;
        Findings += report.Findings.Count;
        string patient = report.PatientId ?? images.FirstOrDefault()?.PatientId ?? report.Key;
        _patients.Add(patient);
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

        ReportsWithoutImage += usable.Count > 0 && images.Count == 0 ? 1 : 0;
        string split = TuningSetFile.SplitOf(patient, validationShare);
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
                    Split = split,
                    Uncertain = finding.IsUncertain,
                })
            )
        );
    }
}
