using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>
/// The patients of an annotation file, none of whom may be in a tuning set: the file is what the tuned model is measured on.
/// </summary>
internal sealed class ExcludedPatients
{
    private static readonly string[] PatientColumns = ["subject_id", "patient_id", "patientId"];
    private static readonly string[] PathColumns = ["path", "file_name"];
    private static readonly string[] ImageColumns = ["dicom_id", "image_id", "ImageID", "image", "file_name", "path"];

    private readonly HashSet<string> _patients = [];
    private readonly HashSet<string> _studies = [];

    private ExcludedPatients(string file) => Name = Path.GetFileName(file);

    /// <summary>Name of the file.</summary>
    public string Name { get; }

    /// <summary>Number of patients, and of studies whose patient nobody knows.</summary>
    public int Count => _patients.Count + _studies.Count;

    /// <summary>Reads a file.</summary>
    /// <param name="path">
    /// CSV or JSON, plain or packed, as MS-CXR and others have it: with the patient (<c>subject_id</c>), a path of MIMIC-CXR, or image
    /// identifiers.
    /// </param>
    /// <param name="imageOf">The image of an identifier, where the metadata or the folder knows it; or null.</param>
    /// <param name="haveStudies">Whether the images are known by patient: then an image of the file without one is an error.</param>
    /// <exception cref="InputException">The file is wrong, or the patient of one of its images is not known.</exception>
    public static ExcludedPatients Load(string path, Func<string, StudyImage?> imageOf, bool haveStudies)
    {
        ExcludedPatients excluded = new(path);
        foreach ((string where, Func<string, string> field) in IsJson(path) ? OfJson(path) : OfCsv(path))
        {
            string First(string[] names) => names.Select(field).FirstOrDefault(text => text.Length > 0) ?? "";
            string image = CaseKey.ImageIdOf(First(ImageColumns));
            StudyImage? known = image.Length > 0 ? imageOf(image) : null;
            string? byColumn = StudyKey.Patient(First(PatientColumns));
            string? byPath = PathColumns.Select(column => StudyKey.PatientOf(field(column))).FirstOrDefault(found => found is not null);
            string[] named = [.. new[] { byColumn, byPath, known?.PatientId }.OfType<string>().Distinct()];
            if (named.Length > 1)
            {
                throw new InputException(
                    $"{where}: its patient is {string.Join(" or ", named)}, by subject_id, path and metadata; mend the wrong one"
                );
            }

            string? patient = named.FirstOrDefault();
            if (patient is not null)
            {
                excluded._patients.Add(patient);
            }
            else if (haveStudies || image.Length == 0)
            {
                throw new InputException(
                    image.Length == 0
                        ? $"{where}: names no patient and no image ({string.Join(", ", PatientColumns.Concat(ImageColumns).Distinct())}); "
                            + $"fill one in, or remove it"
                        : $"{where}: the patient of image {image} is not known: the file gives no path and no subject_id, and --metadata "
                            + $"does not list the image; give the whole metadata file"
                );
            }
            else
            {
                excluded._studies.Add(known?.StudyId ?? StudyKey.Of(image));
            }
        }

        return excluded.Count > 0
            ? excluded
            : throw new InputException($"{path}: names no patient and no image; --exclude wants the annotations of a test set");
    }

    /// <summary>Whether an image, by its patient or its study, is the file's.</summary>
    public bool Contains(StudyImage image) => Contains(image.PatientId, image.StudyId);

    /// <summary>Whether a patient or a study is the file's.</summary>
    public bool Contains(string? patient, string study) => (patient is not null && _patients.Contains(patient)) || _studies.Contains(study);

    private static bool IsJson(string path) =>
        PackedFile.ReadAllBytes(path) is var bytes
        && bytes.AsSpan(bytes is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0).TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static IEnumerable<(string Where, Func<string, string> Field)> OfCsv(string path)
    {
        CsvTable table = CsvTable.Load(path);
        if (!PatientColumns.Concat(ImageColumns).Any(table.Has))
        {
            table.Require(ImageColumns[0]);
        }

        return table.Rows.Select(row =>
            ($"{path} line {row.Line}", (Func<string, string>)(column => table.Has(column) ? table.Value(row, column) : ""))
        );
    }

    private static List<(string Where, Func<string, string> Field)> OfJson(string path)
    {
        using JsonDocument document = PackedFile.ReadJson(path);
        JsonElement list =
            document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement
            : document.RootElement.TryGetProperty("images", out JsonElement images) && images.ValueKind == JsonValueKind.Array ? images
            : throw new InputException($"{path}: no list of images; a COCO file's \"images\" or an array of objects was expected");
        List<(string, Func<string, string>)> entries = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                throw new InputException($"{path} entry {entries.Count}: is {item.ValueKind}, an object was expected");
            }

            Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
            foreach (JsonProperty property in item.EnumerateObject())
            {
                if (property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                {
                    fields[property.Name] = property.Value.ToString().Trim();
                }
            }

            entries.Add(($"{path} entry {entries.Count}", column => fields.GetValueOrDefault(column, "")));
        }

        return entries;
    }
}
