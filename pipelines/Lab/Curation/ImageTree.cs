using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>
/// The images below a folder: an image belongs to the study of its folder (<c>s50414267/IMAGE.jpg</c>) if that is named like one, else to
/// the study of its own name.
/// </summary>
internal sealed class ImageTree
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom"];

    private ImageTree(IReadOnlyList<StudyImage> images) => Images = images;

    /// <summary>The images in alphabetical order of their paths.</summary>
    public IReadOnlyList<StudyImage> Images { get; }

    /// <summary>Whether images lie in folders of patients and studies, where every view of a study lies beside the others.</summary>
    public bool IsOfStudies => Images.Any(image => image.PatientId is not null && StudyKey.OfPath(image.Path) is not null);

    /// <summary>Lists a folder.</summary>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static ImageTree Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; --images wants the folder of the images");
        }

        return new ImageTree([
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)
                .Select(file =>
                {
                    string relative = Path.GetRelativePath(folder, file).Replace('\\', '/');
                    string id = CaseKey.ImageIdOf(file);

                    // The folder given may itself be one of the tree's: files/p10 or a single patient's.
                    string whole = Path.GetFullPath(file).Replace('\\', '/');
                    string parent = Path.GetFileName(Path.GetDirectoryName(whole)) ?? "";
                    bool isStudy = parent.Length > 1 && parent[0] == 's' && parent.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
                    return new StudyImage(
                        id,
                        relative,
                        isStudy ? parent : StudyKey.Of(id),
                        StudyKey.PatientOf(relative) ?? StudyKey.PatientOf(whole)
                    );
                }),
        ]);
    }
}
