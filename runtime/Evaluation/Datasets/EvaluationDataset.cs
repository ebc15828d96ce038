using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The cases of a data set, read from its published annotation file.</summary>
/// <param name="Name"><c>ms-cxr</c>, <c>vindr-cxr</c> or <c>phantom</c>.</param>
/// <param name="Cases">The cases; those of one image stand together.</param>
/// <param name="Notes">What a reader of the results should know: what was left out and why.</param>
public sealed record EvaluationDataset(string Name, IReadOnlyList<EvaluationCase> Cases, IReadOnlyList<string> Notes)
{
    /// <summary>The names that <see cref="Load"/> knows.</summary>
    public static IReadOnlyList<string> KnownNames { get; } = ["ms-cxr", "vindr-cxr", "phantom"];

    /// <summary>Reads an annotation file.</summary>
    /// <param name="name">One of <see cref="KnownNames"/>.</param>
    /// <param name="annotations">The CSV file.</param>
    /// <param name="sizeOf">Size of an image that the file itself does not give; null if unknown.</param>
    /// <param name="atlas">Turns boxes into locations, for a data set without phrases.</param>
    /// <exception cref="InputException">The file is wrong, or a size is unknown.</exception>
    public static EvaluationDataset Load(string name, string annotations, Func<string, ImageSize?> sizeOf, LocationAtlas atlas)
    {
        CsvTable table = CsvTable.Load(annotations);
        EvaluationDataset dataset = name switch
        {
            "ms-cxr" or "phantom" => ReadPhrases(name, table, sizeOf),
            "vindr-cxr" => ReadBoxes(name, table, sizeOf, atlas),
            _ => throw new InputException($"data set '{name}' is not known; known are {string.Join(", ", KnownNames)}"),
        };
        return dataset.Cases.Count > 0 ? dataset : throw new InputException($"{annotations}: holds no boxes to evaluate");
    }

    /// <summary>Sizes of images from a CSV file with the columns image_id, width and height.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static IReadOnlyDictionary<string, ImageSize> LoadSizes(string path)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("image_id", "width", "height");
        ImageSizes sizes = new(table);
        foreach (CsvTable.Row row in table.Rows)
        {
            sizes.Add(row, AnnotatedBoxes.Required(table, row, "image_id"), table.Pixels(row, "width"), table.Pixels(row, "height"));
        }

        return sizes.Known;
    }

    /// <summary>MS-CXR (Boecking et al. 2022, arXiv:2204.09817): a phrase and a box a row.</summary>
    private static EvaluationDataset ReadPhrases(string name, CsvTable table, Func<string, ImageSize?> sizeOf)
    {
        table.Require("category_name", "label_text", "x", "y", "w", "h");
        bool hasSize = table.Has("image_width") && table.Has("image_height");
        bool hasPath = table.Has("path");
        string idColumn =
            new[] { "dicom_id", "image_id", "path" }.FirstOrDefault(table.Has)
            ?? throw new InputException($"{table.Source}: no column dicom_id, image_id or path");
        List<(CsvTable.Row Row, CaseKey Key, ImageSize Size, PixelBox Box)> boxes = [];
        ImageSizes sizes = new(table);
        AnnotatedBoxes checks = new(table);
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = CaseKey.ImageIdOf(AnnotatedBoxes.Required(table, row, idColumn));
            CaseKey key = new(id, AnnotatedBoxes.Required(table, row, "label_text"), AnnotatedBoxes.Required(table, row, "category_name"));
            ImageSize size = hasSize
                ? sizes.Add(row, id, table.Pixels(row, "image_width"), table.Pixels(row, "image_height"))
                : Known(sizeOf, id, table, row);
            PixelBox box = new(table.Number(row, "x"), table.Number(row, "y"), table.Number(row, "w"), table.Number(row, "h"));
            if (checks.Accept(row, key, box, size, "x", "y", "w", "h"))
            {
                boxes.Add((row, key, size, box));
            }
        }

        IEnumerable<EvaluationCase> cases = boxes
            .GroupBy(item => item.Key)
            .Select(group => new EvaluationCase
            {
                ImageId = group.Key.ImageId,
                LabelText = group.Key.LabelText,
                CategoryName = group.Key.CategoryName,
                ImageSize = group.First().Size,
                Boxes = [.. group.Select(item => item.Box)],
                ImagePath = hasPath ? table.Text(group.First().Row, "path") : null,
            });
        return new EvaluationDataset(name, ByImage(cases), [.. checks.Notes()]);
    }

    /// <summary>
    /// VinDr-CXR test set (Nguyen et al. 2022, arXiv:2012.15029): a class and a box a row. The phrase of an image and class is made of the
    /// locations nearest to its boxes.
    /// </summary>
    private static EvaluationDataset ReadBoxes(string name, CsvTable table, Func<string, ImageSize?> sizeOf, LocationAtlas atlas)
    {
        table.Require("image_id", "class_name", "x_min", "y_min", "x_max", "y_max");
        List<(string Id, string Category, Pathology Pathology, PixelBox Box, ImageSize Size)> boxes = [];
        AnnotatedBoxes checks = new(table);
        SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
        foreach (CsvTable.Row row in table.Rows)
        {
            string category = AnnotatedBoxes.Required(table, row, "class_name");
            if (!Pathology.TryFind(category, out Pathology? pathology))
            {
                leftOut[category] = leftOut.GetValueOrDefault(category) + 1;
                continue;
            }

            string id = CaseKey.ImageIdOf(AnnotatedBoxes.Required(table, row, "image_id"));
            PixelBox box = PixelBox.FromEdges(
                table.Number(row, "x_min"),
                table.Number(row, "y_min"),
                table.Number(row, "x_max"),
                table.Number(row, "y_max")
            );
            ImageSize size = Known(sizeOf, id, table, row);
            if (checks.Accept(row, new CaseKey(id, "", category), box, size, "x_min", "y_min", "x_max", "y_max"))
            {
                boxes.Add((id, category, pathology, box, size));
            }
        }

        IEnumerable<EvaluationCase> cases = boxes
            .GroupBy(item => (item.Id, item.Category))
            .Select(group => new EvaluationCase
            {
                ImageId = group.Key.Id,
                LabelText = PhraseOf(group.First().Pathology, group.Select(item => item.Box), group.First().Size, atlas).Text,
                CategoryName = group.Key.Category,
                ImageSize = group.First().Size,
                Boxes = [.. group.Select(item => item.Box)],
            });
        List<string> notes = [$"The phrases are synthetic: each box is matched to the nearest location of the atlas ({atlas.Source})."];
        if (leftOut.Count > 0)
        {
            notes.Add(
                $"Rows of other classes were left out: {string.Join(", ", leftOut.Select(entry => $"{entry.Key} ({entry.Value})"))}."
            );
        }

        notes.AddRange(checks.Notes());
        return new EvaluationDataset(name, ByImage(cases), notes);
    }

    private static StandardPrompt PhraseOf(Pathology pathology, IEnumerable<PixelBox> boxes, ImageSize size, LocationAtlas atlas)
    {
        if (pathology == Pathology.Cardiomegaly)
        {
            return new StandardPrompt(pathology, Location.Cardiomegaly);
        }

        ImageTransform transform = new(size, (int)LocationGaussian.GridSide);
        return new StandardPrompt(
            pathology,
            boxes.Select(box => atlas.Nearest(LocationGaussian.OfBox(transform.ToModel(box)), includeHeart: false))
        );
    }

    private static ImageSize Known(Func<string, ImageSize?> sizeOf, string id, CsvTable table, CsvTable.Row row) =>
        sizeOf(id)
        ?? throw new InputException(
            $"{table.Source} line {row.Line}: the size of image {id} is not known; give `image-sizes` FILE.csv (image_id,width,height) "
                + $"or `images` DIR"
        );

    private static List<EvaluationCase> ByImage(IEnumerable<EvaluationCase> cases) =>
        [.. cases.GroupBy(item => item.ImageId).SelectMany(group => group)];
}
