using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// MS-CXR (Boecking et al. 2022, arXiv:2204.09817) as CSV, a phrase and a box a row, or as COCO JSON; and what is like it.
/// </summary>
internal static class PhraseAnnotations
{
    private static readonly string[] IdColumns = ["dicom_id", "image_id", "path"];

    /// <summary>Reads the annotations; the content tells CSV from JSON.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        string text = PackedFile.ReadText(input.Source.Annotations, "a CSV file");
        bool isJson = text.AsSpan().TrimStart() is ['{' or '[', ..];
        IReadOnlyList<PhraseRow> rows = isJson
            ? CocoPhrases.Read(input.Source.Annotations)
            : OfCsv(CsvTable.Parse(text, input.Source.Annotations));
        AnnotatedBoxes checks = new();
        ImageSizes sizes = new();
        List<AnnotatedBox> boxes = [];
        (FirstSpelling images, FirstSpelling classes) = (new FirstSpelling(), new FirstSpelling());
        List<string> notes = [];
        rows = SplitFilter.Apply(input.Source, rows, notes);
        foreach (PhraseRow row in rows)
        {
            string id = images.Of(row.ImageId);
            ImageSize size = row.Size is { } given ? sizes.Add(row.Box.Where, id, given) : input.Size(id, row.Box.Where);
            if (checks.Accept(row.Box, id, row.Phrase, size))
            {
                boxes.Add(new AnnotatedBox(id, classes.Of(row.Category), size, row.Box.Box) { Phrase = row.Phrase, Path = row.Path });
            }
        }

        IReadOnlyList<EvaluationCase> cases = CaseGroups.OfPhrases(boxes, out int severalClasses);
        if (cases.Any(item => item.Boxes.Count > 1))
        {
            notes.Add(
                "Boxes of one image and phrase are one case, as in the reference."
                    + (
                        severalClasses > 0
                            ? $" {severalClasses} cases have boxes of several classes and count for that of their first box."
                            : ""
                    )
            );
        }

        notes.AddRange(checks.Notes());
        return new EvaluationDataset(input.Source.Name, SplitFilter.WithLocation(input.Source, cases, notes), notes)
        {
            ImageIds = [.. rows.Select(row => images.Of(row.ImageId)).Distinct()],
        };
    }

    private static List<PhraseRow> OfCsv(CsvTable table)
    {
        table.Require("category_name", "label_text", "x", "y", "w", "h");
        bool hasSize = table.Has("image_width") && table.Has("image_height");
        if (!hasSize && (table.Has("image_width") || table.Has("image_height")))
        {
            table.Require("image_width", "image_height");
        }

        (bool hasPath, bool hasSplit) = (table.Has("path"), table.Has("split"));
        string idColumn =
            IdColumns.FirstOrDefault(table.Has) ?? throw new InputException($"{table.Source}: no column dicom_id, image_id or path");
        List<PhraseRow> rows = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            rows.Add(
                new PhraseRow(
                    CaseKey.ImageIdOf(table.Required(row, idColumn)),
                    table.Required(row, "label_text"),
                    table.Required(row, "category_name"),
                    WrittenBox.OfSize(table, row, "x", "y", "w", "h")
                )
                {
                    Size = hasSize ? new ImageSize(table.Pixels(row, "image_width"), table.Pixels(row, "image_height")) : null,
                    Path = hasPath ? table.Text(row, "path") : null,
                    Split = hasSplit ? table.Value(row, "split") : null,
                }
            );
        }

        return rows;
    }
}
