using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>
/// Images of the negative class beyond the annotated ones: a list of images, or the studies that CheXpert's labels call free of the class
/// (<c>mimic-cxr-2.0.0-chexpert.csv</c>).
/// </summary>
/// <remarks>
/// Our own rule for studies: the label of the class is 0 (the report denies it), or <c>No Finding</c> is 1 and the class has no label. A
/// class that is uncertain (-1) or present is no negative, nor is one that no label speaks of.
/// </remarks>
public static class NegativeImages
{
    private const string NoFinding = "No Finding";

    /// <summary>Reads a file.</summary>
    /// <param name="path">
    /// CSV with <c>image_id</c> or <c>dicom_id</c>, or with <c>study_id</c> and CheXpert's classes; plain or packed.
    /// </param>
    /// <param name="category">The class.</param>
    /// <param name="images">The images.</param>
    /// <param name="metadata">MIMIC-CXR-JPG's metadata, for studies; null: looked for beside the images.</param>
    /// <returns>Identifiers of images, and what a reader of the results should know of the choice.</returns>
    /// <exception cref="InputException">A file is wrong or missing.</exception>
    public static (IReadOnlyList<string> Ids, IReadOnlyList<string> Notes) Load(
        string path,
        string category,
        ImageFolder images,
        string? metadata
    )
    {
        CsvTable table = CsvTable.Load(path);
        string? column = new[] { "image_id", "dicom_id" }.FirstOrDefault(table.Has);
        if (column is not null)
        {
            return ([.. table.Rows.Select(row => CaseKey.ImageIdOf(table.Required(row, column))).Distinct()], []);
        }

        if (!table.Has("study_id"))
        {
            throw new InputException($"{path}: no column image_id, dicom_id or study_id, which say what the negatives are");
        }

        table.Require(category);
        Dictionary<string, (bool IsNegative, int Line)> studies = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string study = StudyKey.Of(table.Required(row, "study_id"));
            bool negative = IsNegative(table, row, category);
            if (studies.TryGetValue(study, out (bool IsNegative, int Line) earlier) && earlier.IsNegative != negative)
            {
                throw new InputException(
                    $"{path} line {row.Line}: study {study} has other labels here than in line {earlier.Line}; mend the wrong one"
                );
            }

            studies.TryAdd(study, (negative, row.Line));
        }

        return OfStudies(
            [.. studies.Where(study => study.Value.IsNegative).Select(study => study.Key)],
            studies.Count,
            path,
            images,
            metadata
        );
    }

    private static (IReadOnlyList<string> Ids, IReadOnlyList<string> Notes) OfStudies(
        HashSet<string> negative,
        int studies,
        string path,
        ImageFolder images,
        string? metadata
    )
    {
        string file =
            metadata
            ?? MimicMetadata.Beside(images.Folder)
            ?? throw new InputException(
                $"{path}: lists studies, and which of a study's images are frontal is in MIMIC-CXR-JPG's metadata; give it with `metadata`"
            );
        MimicMetadata known = MimicMetadata.Load(file);
        if (!known.HasViews)
        {
            throw new InputException($"{file}: no column ViewPosition, by which frontal images are chosen");
        }

        MimicImage[] all = [.. known.Images.Where(image => negative.Contains(image.StudyId))];
        MimicImage[] frontal = [.. all.Where(image => MimicMetadata.FrontalViews.Contains(image.View))];
        string[] here = [.. frontal.Select(image => image.ImageId).Where(id => images.Find(id) is not null)];
        return (
            here,
            [
                $"{Path.GetFileName(path)}: {negative.Count} of {studies} studies are negative (the class is 0, or {NoFinding} "
                    + $"is 1 and the class "
                    + $"has no label); of their {all.Length} images {frontal.Length} are frontal, and {here.Length} of these "
                    + $"are here and used.",
            ]
        );
    }

    private static bool IsNegative(CsvTable table, CsvTable.Row row, string category)
    {
        double? label = Label(table, row, category);
        return label == 0 || (label is null && table.Has(NoFinding) && Label(table, row, NoFinding) == 1);
    }

    private static double? Label(CsvTable table, CsvTable.Row row, string column) =>
        table.Value(row, column).Length == 0 ? null
        : table.Number(row, column) is (0 or 1 or -1) and var value ? value
        : throw new InputException(
            $"{table.Source} line {row.Line}: {column} is '{table.Text(row, column)}', 1, 0, -1 or nothing was expected; mend it"
        );
}
