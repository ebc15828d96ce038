using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;
using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Lab.Curation;

/// <summary>
/// A data set's own division into parts (<c>mimic-cxr-2.0.0-split.csv</c>). A patient with images in several parts belongs to the most
/// protected of them: test before validate before train.
/// </summary>
internal sealed class OfficialSplit
{
    /// <summary>The part that must not be in a tuning set.</summary>
    public const string Test = "test";

    private static readonly string[] Parts = [TuningSetFile.Train, TuningSetFile.Validate, Test];

    private readonly Dictionary<string, int> _images;
    private readonly Dictionary<string, int> _patients;

    private OfficialSplit(Dictionary<string, int> images, Dictionary<string, int> patients)
    {
        _images = images;
        _patients = patients;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">CSV with <c>dicom_id</c>, <c>split</c> and, where it is there, <c>subject_id</c>; plain or packed.</param>
    /// <param name="patientOf">The patient of an image, where something else knows it; or null.</param>
    /// <exception cref="InputException">The file is wrong; names the line.</exception>
    public static OfficialSplit Load(string path, Func<string, string?> patientOf)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("dicom_id", "split");
        bool hasPatient = table.Has("subject_id");
        Dictionary<string, int> images = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, int> patients = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = CaseKey.ImageIdOf(table.Required(row, "dicom_id"));
            int part = PartOf(table, row);
            images[id] = Math.Max(part, images.GetValueOrDefault(id));
            string subject = hasPatient ? table.Value(row, "subject_id") : "";
            if (subject.Length > 0 && StudyKey.Patient(subject) is null)
            {
                throw new InputException(
                    $"{path} line {row.Line}: subject_id is '{subject}', a number was expected; without it a test patient's other images "
                        + "would be trained on: mend it"
                );
            }

            if ((StudyKey.Patient(subject) ?? patientOf(id)) is { } patient)
            {
                patients[patient] = Math.Max(part, patients.GetValueOrDefault(patient));
            }
        }

        return new OfficialSplit(images, patients);
    }

    /// <summary>The part of an image, or null where the file does not name it.</summary>
    public string? PartOf(StudyImage image) =>
        _images.TryGetValue(image.ImageId, out int part)
            ? Parts[Math.Max(part, image.PatientId is { } patient ? _patients.GetValueOrDefault(patient) : 0)]
            : null;

    private static int PartOf(CsvTable table, CsvTable.Row row) =>
        table.Text(row, "split").ToLowerInvariant() switch
        {
            "train" => 0,
            "validate" or "valid" or "validation" or "val" => 1,
            "test" => 2,
            _ => throw new InputException(
                $"{table.Source} line {row.Line}: split is '{table.Text(row, "split")}', train, validate or test was expected; mend it, or "
                    + $"remove the row"
            ),
        };
}
