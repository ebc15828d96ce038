using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// The boxes of NIH ChestX-ray8 (Wang et al. 2017, arXiv:1705.02315), <c>BBox_List_2017.csv</c>: a class and a box a row, in pixels of the
/// published pictures of 1024 x 1024.
/// </summary>
internal static class NihAnnotations
{
    private static readonly ImageSize Published = new(1024, 1024);

    // The head says "Bbox [x,y,w,h]" over four columns, which a comma-separated file cuts at its commas.
    private static readonly string[][] BoxColumns =
    [
        ["Bbox [x", "y", "w", "h]"],
        ["x", "y", "w", "h"],
    ];

    /// <summary>Reads the annotations.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        CsvTable table = CsvTable.Load(input.Source.Annotations);
        table.Require("Image Index", "Finding Label");
        string[] columns = BoxColumns.FirstOrDefault(names => names.All(table.Has)) ?? BoxColumns[0];
        table.Require(columns);
        AnnotatedBoxes checks = new();
        (FirstSpelling images, FirstSpelling classes) = (new FirstSpelling(), new FirstSpelling());
        SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
        HashSet<string> named = [];
        List<AnnotatedBox> boxes = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = images.Of(CaseKey.ImageIdOf(table.Required(row, "Image Index")));
            string category = classes.Of(table.Required(row, "Finding Label"));
            named.Add(id);
            WrittenBox written = WrittenBox.OfSize(table, row, columns);
            if (PathologyOf(category) is null)
            {
                leftOut[category] = leftOut.GetValueOrDefault(category) + 1;
            }
            else if (checks.Accept(written, id, category, Published))
            {
                boxes.Add(new AnnotatedBox(id, category, Published, written.Box));
            }
        }

        return new EvaluationDataset(
            input.Source.Name,
            CaseGroups.OfClasses(boxes, category => PathologyOf(category)!, input.Atlas),
            [
                CaseGroups.SyntheticNote(input.Atlas),
                .. CaseGroups.LeftOutNote(leftOut),
                .. checks.Notes(),
                "The boxes are those of the published pictures, 1024 x 1024; the file gives no sizes. Classes are labels mined "
                    + "from reports; "
                    + "only images with a box are named, so nothing is known of the others.",
            ]
        )
        {
            ImageIds = [.. named],
        };
    }

    private static Pathology? PathologyOf(string category) =>
        string.Equals(category, "Effusion", StringComparison.OrdinalIgnoreCase) ? Pathology.PleuralEffusion
        : Pathology.TryFind(category, out Pathology? pathology) ? pathology
        : null;
}
