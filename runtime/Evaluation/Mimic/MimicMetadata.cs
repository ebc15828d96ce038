using System.Diagnostics.CodeAnalysis;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Mimic;

/// <summary>MIMIC-CXR-JPG's metadata file: patient, study and view of every image.</summary>
/// <remarks>Johnson et al. 2019 (arXiv:1901.07042); <c>mimic-cxr-2.0.0-metadata.csv</c>, plain or packed.</remarks>
public sealed class MimicMetadata
{
    private readonly Dictionary<string, MimicImage> _images;

    private MimicMetadata(string source, Dictionary<string, MimicImage> images, bool hasViews)
    {
        Source = source;
        _images = images;
        HasViews = hasViews;
    }

    /// <summary>The views of a chest seen from the front or the back: a heatmap's left and right mean something on these only.</summary>
    public static IReadOnlyList<string> FrontalViews { get; } = ["AP", "PA"];

    /// <summary>The file.</summary>
    public string Source { get; }

    /// <summary>Whether the file has the column <c>ViewPosition</c>.</summary>
    public bool HasViews { get; }

    /// <summary>All images in the order of the file.</summary>
    public IReadOnlyCollection<MimicImage> Images => _images.Values;

    /// <summary>Reads a file.</summary>
    /// <param name="path">
    /// CSV with <c>dicom_id</c>, <c>subject_id</c>, <c>study_id</c> and, where views matter, <c>ViewPosition</c>.
    /// </param>
    /// <exception cref="InputException">The file is wrong; names the line.</exception>
    public static MimicMetadata Load(string path)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("dicom_id", "subject_id", "study_id");
        bool hasViews = table.Has("ViewPosition");
        Dictionary<string, MimicImage> images = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, int> lines = new(StringComparer.OrdinalIgnoreCase);
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = CaseKey.ImageIdOf(table.Required(row, "dicom_id"));
            MimicImage image = new(
                id,
                StudyKey.Patient(table.Text(row, "subject_id")) is { Length: > 2 } patient
                    ? patient
                    : throw NoNumber(table, row, "subject_id", "patient"),
                StudyKey.Of(table.Text(row, "study_id")) is { Length: > 1 } study && study[0] == 's' && char.IsAsciiDigit(study[1])
                    ? study
                    : throw NoNumber(table, row, "study_id", "study"),
                hasViews ? table.Value(row, "ViewPosition").ToUpperInvariant() : ""
            );
            if (images.TryAdd(id, image))
            {
                lines.Add(id, row.Line);
            }
            else if (images[id] != image with { ImageId = images[id].ImageId })
            {
                throw new InputException(
                    $"{path} line {row.Line}: image {id} has another patient, study or view here than in line {lines[id]}; mend "
                        + $"the wrong one"
                );
            }
        }

        return images.Count > 0
            ? new MimicMetadata(path, images, hasViews)
            : throw new InputException($"{path}: lists no image; the metadata file of MIMIC-CXR-JPG was expected");
    }

    /// <summary>
    /// The metadata file that lies in a data set's folder or the one above it (MIMIC-CXR-JPG has it beside <c>files/</c>).
    /// </summary>
    /// <returns>Null where there is none.</returns>
    public static string? Beside(string folder) => Beside(folder, "metadata");

    /// <summary>The same for another of the data set's tables: <c>split</c>, <c>chexpert</c>.</summary>
    public static string? Beside(string folder, string table) =>
        new[] { Path.GetFullPath(folder), Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) }
            .Where(Directory.Exists)
            .SelectMany(place => Directory.EnumerateFiles(place!, $"mimic-cxr-*-{table}.csv*").Order(StringComparer.Ordinal))
            .FirstOrDefault(file => file.EndsWith(".csv", StringComparison.Ordinal) || file.EndsWith(".csv.gz", StringComparison.Ordinal));

    /// <summary>Finds an image; upper and lower case do not matter.</summary>
    public bool TryFind(string imageId, [NotNullWhen(true)] out MimicImage? image) => _images.TryGetValue(imageId, out image);

    private static InputException NoNumber(CsvTable table, CsvTable.Row row, string column, string what) =>
        new(
            $"{table.Source} line {row.Line}: {column} is '{table.Text(row, column)}', the number of a {what} was expected; mend it, or "
                + $"remove the row"
        );
}
