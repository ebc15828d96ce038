using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Mimic;

/// <summary>
/// The reports of annotated images: <c>IMAGE_ID.txt</c>, or the report of the image's study as in MIMIC-CXR
/// (<c>files/p10/p10000032/s50414267.txt</c>).
/// </summary>
public sealed class CaseReports
{
    private readonly string _folder;
    private readonly ImageFolder? _images;
    private readonly Lazy<Dictionary<string, string>> _byStudy;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">Folder of the reports.</param>
    /// <param name="images">The images, whose folders name studies where the annotations do not; or null.</param>
    /// <exception cref="InputException">There is no such folder.</exception>
    public CaseReports(string folder, ImageFolder? images)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; `reports` wants the folder of the report texts");
        }

        _folder = folder;
        _images = images;
        _byStudy = new Lazy<Dictionary<string, string>>(Index);
    }

    /// <summary>The report of a case's image.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public string TextOf(EvaluationCase item)
    {
        string path = Path.Combine(_folder, $"{item.ImageId}.txt");
        if (!File.Exists(path))
        {
            string? study = item.ImagePath is { } relative ? StudyKey.OfPath(relative) : null;
            study ??= _images?.Find(item.ImageId) is { } file ? StudyKey.OfPath(Path.GetFullPath(file)) : null;
            path =
                study is not null && _byStudy.Value.TryGetValue(study, out string? found)
                    ? found
                    : throw new InputException(
                        $"{_folder}: the report of image {item.ImageId} is not there: neither {item.ImageId}.txt nor "
                            + (
                                study is null
                                    ? "a report of its study, which neither the annotations (column path) nor the image's folder name"
                                    : $"{study}.txt of its study"
                            )
                    );
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the report of image {item.ImageId} cannot be read: {exception.Message}", exception);
        }
    }

    private Dictionary<string, string> Index()
    {
        Dictionary<string, string> reports = [];
        foreach (string path in Directory.EnumerateFiles(_folder, "s*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (StudyKey.OfPath(Path.GetFileName(path)) is { } study && !reports.TryAdd(study, path))
            {
                throw new InputException($"{path}: is a second report of study {study}, besides {reports[study]}; keep one of them");
            }
        }

        return reports;
    }
}
