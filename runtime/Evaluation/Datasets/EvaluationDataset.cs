using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The cases of a data set, read from its published annotation file.</summary>
/// <param name="Name">One of <see cref="KnownNames"/>.</param>
/// <param name="Cases">The cases; those of one image stand together.</param>
/// <param name="Notes">What a reader of the results should know: what was left out and why.</param>
public sealed record EvaluationDataset(string Name, IReadOnlyList<EvaluationCase> Cases, IReadOnlyList<string> Notes)
{
    private static readonly Dictionary<string, Func<AnnotationInput, EvaluationDataset>> Readers = new()
    {
        ["ms-cxr"] = PhraseAnnotations.Read,
        ["vindr-cxr"] = VinDrAnnotations.Read,
        ["nih"] = NihAnnotations.Read,
        ["rsna"] = RsnaAnnotations.Read,
        ["padchest-gr"] = PadChestAnnotations.Read,
        ["chexlocalize"] = CheXlocalizeAnnotations.Read,
        ["phantom"] = PhraseAnnotations.Read,
    };

    private readonly IReadOnlyList<string>? _imageIds;

    /// <summary>The names that <see cref="Load"/> knows.</summary>
    public static IReadOnlyList<string> KnownNames { get; } = [.. Readers.Keys];

    /// <summary>Every image that the annotations name, also those without a box, each once.</summary>
    public IReadOnlyList<string> ImageIds
    {
        get => _imageIds ?? [.. Cases.Select(item => item.ImageId).Distinct()];
        init => _imageIds = value;
    }

    /// <summary>Reads an annotation file.</summary>
    /// <param name="source">The files.</param>
    /// <param name="sizeOf">Size of an image that the annotations do not give; null if unknown.</param>
    /// <param name="atlas">Turns boxes into locations, for a data set without phrases.</param>
    /// <exception cref="InputException">A file is wrong, or a size is unknown.</exception>
    public static EvaluationDataset Load(DatasetSource source, Func<string, ImageSize?> sizeOf, LocationAtlas atlas) =>
        Read(new AnnotationInput(source, sizeOf, atlas));

    /// <summary>Reads an annotation file.</summary>
    /// <param name="input">The files and what helps to read them.</param>
    /// <exception cref="InputException">A file is wrong, or a size is unknown.</exception>
    internal static EvaluationDataset Read(AnnotationInput input)
    {
        DatasetSource source = input.Source;
        if (!Readers.TryGetValue(source.Name, out Func<AnnotationInput, EvaluationDataset>? read))
        {
            throw new InputException($"data set '{source.Name}' is not known; known are {string.Join(", ", KnownNames)}");
        }

        if (source.ImageLabels is not null && source.Name != "vindr-cxr")
        {
            throw new InputException($"`image-labels` belong to vindr-cxr, not to {source.Name}; leave them out");
        }

        if (source.Splits.Count > 0 && source.Name is not ("ms-cxr" or "phantom"))
        {
            throw new InputException(
                $"`split`: the annotations of {source.Name} name no splits; give the wanted part as a file of its own"
            );
        }

        EvaluationDataset dataset = read(input);
        return dataset.Cases.Count > 0 ? dataset : throw new InputException($"{source.Annotations}: holds no boxes to evaluate");
    }

    /// <summary>Sizes of images from a CSV file with the columns image_id, width and height.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static IReadOnlyDictionary<string, ImageSize> LoadSizes(string path)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("image_id", "width", "height");
        ImageSizes sizes = new();
        foreach (CsvTable.Row row in table.Rows)
        {
            sizes.Add(
                $"{path} line {row.Line}",
                CaseKey.ImageIdOf(table.Required(row, "image_id")),
                new ImageSize(table.Pixels(row, "width"), table.Pixels(row, "height"))
            );
        }

        return sizes.Known;
    }
}
