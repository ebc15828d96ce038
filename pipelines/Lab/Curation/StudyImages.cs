using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Lab.Curation;

/// <summary>One image of a study.</summary>
/// <param name="ImageId">Identifier.</param>
/// <param name="Path">Path relative to the folder of the images, with forward slashes.</param>
/// <param name="PatientId">Identifier of the patient, or null.</param>
internal sealed record StudyImage(string ImageId, string Path, string? PatientId);

/// <summary>Which images belong to a study.</summary>
internal sealed class StudyImages
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom"];
    private readonly ILookup<string, StudyImage> _byStudy;

    private StudyImages(IEnumerable<(string Study, StudyImage Image)> images) =>
        _byStudy = images.ToLookup(item => item.Study, item => item.Image);

    /// <summary>The images of a study; empty if it has none.</summary>
    public IEnumerable<StudyImage> this[string study] => _byStudy[study];

    /// <summary>
    /// The images below a folder: an image belongs to the study of its folder (<c>s50414267/IMAGE.jpg</c>) if that is named like one, else
    /// to the study of its own name.
    /// </summary>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static StudyImages OfFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; --images wants the folder of the images");
        }

        return new StudyImages(
            Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)
                .Select(file =>
                {
                    string relative = Path.GetRelativePath(folder, file).Replace('\\', '/');
                    string id = CaseKey.ImageIdOf(file);
                    string parent = Path.GetFileName(Path.GetDirectoryName(relative)) ?? "";
                    bool isStudy = parent.Length > 1 && parent[0] == 's' && parent.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
                    return (isStudy ? parent : StudyKey.Of(id), new StudyImage(id, relative, StudyKey.PatientOf(relative)));
                })
        );
    }

    /// <summary>The images that MIMIC-CXR-JPG's metadata file lists, at the paths that data set has.</summary>
    /// <param name="path">
    /// CSV with <c>dicom_id</c>, <c>subject_id</c>, <c>study_id</c> and, where views are asked for, <c>ViewPosition</c>.
    /// </param>
    /// <param name="views">Views to keep; empty for all.</param>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static StudyImages OfMetadata(string path, IReadOnlyCollection<string> views)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("dicom_id", "subject_id", "study_id");
        if (views.Count > 0)
        {
            table.Require("ViewPosition");
        }

        return new StudyImages(
            table
                .Rows.Where(row => views.Count == 0 || views.Contains(table.Text(row, "ViewPosition"), StringComparer.OrdinalIgnoreCase))
                .Select(row =>
                {
                    string subject = table.Text(row, "subject_id"),
                        study = StudyKey.Of(table.Text(row, "study_id")),
                        image = table.Text(row, "dicom_id");
                    return subject.Length < 2
                        ? throw new InputException($"{path} line {row.Line}: subject_id '{subject}' is no patient of MIMIC-CXR")
                        : (study, new StudyImage(image, $"files/p{subject[..2]}/p{subject}/{study}/{image}.jpg", "p" + subject));
                })
        );
    }
}
