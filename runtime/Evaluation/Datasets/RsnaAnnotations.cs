using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// The RSNA pneumonia detection challenge (Shih et al. 2019), <c>stage_2_train_labels.csv</c>: a box a row where <c>Target</c> is 1, and a
/// row without a box for every image without a pneumonia. Pixels of the published DICOM files, 1024 x 1024.
/// </summary>
internal static class RsnaAnnotations
{
    private const string Category = "Pneumonia";

    private static readonly ImageSize Published = new(1024, 1024);
    private static readonly string[] Corners = ["x", "y", "width", "height"];

    /// <summary>Reads the annotations.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        CsvTable table = CsvTable.Load(input.Source.Annotations);
        table.Require(["patientId", .. Corners, "Target"]);
        AnnotatedBoxes checks = new();
        FirstSpelling images = new();
        Dictionary<string, (double Target, int Line)> targets = [];
        List<AnnotatedBox> boxes = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = images.Of(CaseKey.ImageIdOf(table.Required(row, "patientId")));
            double target = Target(table, row);
            if (targets.TryGetValue(id, out (double Target, int Line) earlier) && earlier.Target != target)
            {
                throw new InputException(
                    $"{table.Source} line {row.Line}: Target of {id} is {target} here and {earlier.Target} in line "
                        + $"{earlier.Line}; mend the "
                        + $"wrong one"
                );
            }

            targets.TryAdd(id, (target, row.Line));
            if (target == 0)
            {
                if (Corners.Any(column => table.Value(row, column).Length > 0))
                {
                    throw new InputException(
                        $"{table.Source} line {row.Line}: Target is 0, no pneumonia, but there is a box; mend Target, or empty the box"
                    );
                }

                continue;
            }

            WrittenBox written = WrittenBox.OfSize(table, row, Corners);
            if (checks.Accept(written, id, Category, Published))
            {
                boxes.Add(new AnnotatedBox(id, Category, Published, written.Box));
            }
        }

        int without = targets.Count(item => item.Value.Target == 0);
        return new EvaluationDataset(
            input.Source.Name,
            CaseGroups.OfClasses(boxes, _ => Pathology.Pneumonia, input.Atlas),
            [
                CaseGroups.SyntheticNote(input.Atlas),
                .. checks.Notes(),
                $"The boxes are opacities that may be a pneumonia, on the published files of 1024 x 1024; {without} images "
                    + $"without one make no "
                    + "phrase.",
            ]
        )
        {
            ImageIds = [.. targets.Keys],
        };
    }

    private static double Target(CsvTable table, CsvTable.Row row) =>
        table.Number(row, "Target") is (0 or 1) and var target
            ? target
            : throw new InputException(
                $"{table.Source} line {row.Line}: Target is '{table.Text(row, "Target")}', 0 or 1 was expected; mend it"
            );
}
