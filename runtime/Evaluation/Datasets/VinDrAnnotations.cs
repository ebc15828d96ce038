using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// VinDr-CXR (Nguyen et al. 2022, arXiv:2012.15029): a class and a box a row, in the test part of all readers together, in the training
/// part (and the competition's file) of each reader for himself.
/// </summary>
internal static class VinDrAnnotations
{
    private const string Pneumonia = "Pneumonia";
    private const string NoFinding = "No finding";

    // The data set draws no box of a pneumonia. The reference takes the boxes of these two classes for it.
    private static readonly string[] OfPneumonia = ["Infiltration", "ILD"];

    /// <summary>Reads the annotations.</summary>
    /// <exception cref="InputException">A file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        CsvTable table = CsvTable.Load(input.Source.Annotations);
        table.Require("image_id", "class_name", "x_min", "y_min", "x_max", "y_max");
        VinDrImageLabels? labels = input.Source.ImageLabels is { } file ? new VinDrImageLabels(file) : null;
        bool hasReader = table.Has("rad_id");
        AnnotatedBoxes checks = new();
        (FirstSpelling images, FirstSpelling classes) = (new FirstSpelling(), new FirstSpelling());
        SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
        Dictionary<string, HashSet<string>> readers = [];
        Dictionary<(string Image, string Reader), (bool Denies, int Line)> said = [];
        List<AnnotatedBox> boxes = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = images.Of(CaseKey.ImageIdOf(table.Required(row, "image_id")));
            string category = classes.Of(table.Required(row, "class_name"));
            string reader = hasReader ? table.Required(row, "rad_id") : "";
            if (!readers.TryGetValue(id, out HashSet<string>? ofImage))
            {
                readers.Add(id, ofImage = []);
            }

            ofImage.Add(reader);
            bool denies = string.Equals(category, NoFinding, StringComparison.OrdinalIgnoreCase);
            if (said.TryGetValue((id, reader), out (bool Denies, int Line) before) && before.Denies != denies)
            {
                throw new InputException(
                    $"{table.Source} line {row.Line}: {category} on image {id}, for which line {before.Line} says "
                        + $"{(denies ? "a finding" : NoFinding)}; mend the wrong one"
                );
            }

            said.TryAdd((id, reader), (denies, row.Line));
            if (labels is not null && OfPneumonia.Contains(category, StringComparer.OrdinalIgnoreCase) && labels.IsPneumonia(id))
            {
                category = Pneumonia;
            }

            if (!Pathology.TryFind(category, out _))
            {
                leftOut[category] = leftOut.GetValueOrDefault(category) + 1;
                continue;
            }

            WrittenBox written = WrittenBox.OfEdges(table, row, "x_min", "y_min", "x_max", "y_max");
            ImageSize size = input.Size(id, written.Where);
            if (checks.Accept(written, id, $"{category}\n{reader}", size))
            {
                boxes.Add(new AnnotatedBox(id, category, size, written.Box) { Reader = reader });
            }
        }

        List<string> notes = [CaseGroups.SyntheticNote(input.Atlas), .. CaseGroups.LeftOutNote(leftOut)];
        HashSet<string> drawn = [.. boxes.Where(box => box.Category == Pneumonia).Select(box => box.ImageId)];
        notes.AddRange(PneumoniaNotes(input.Source, labels, drawn, leftOut, readers.Keys));
        boxes = Merged(boxes, readers, notes);
        notes.AddRange(checks.Notes());
        return new EvaluationDataset(input.Source.Name, CaseGroups.OfClasses(boxes, PathologyOf, input.Atlas), notes)
        {
            ImageIds = [.. readers.Keys.Where(id => labels is null || !labels.IsPneumonia(id) || drawn.Contains(id))],
        };
    }

    private static Pathology PathologyOf(string category) =>
        Pathology.TryFind(category, out Pathology? pathology) ? pathology : Pathology.LungOpacity;

    private static List<AnnotatedBox> Merged(List<AnnotatedBox> boxes, Dictionary<string, HashSet<string>> readers, List<string> notes)
    {
        int several = readers.Count(image => image.Value.Count > 1);
        if (several == 0)
        {
            return boxes;
        }

        int alone = 0;
        List<AnnotatedBox> merged = [];
        foreach (IGrouping<(string ImageId, string Category), AnnotatedBox> group in boxes.GroupBy(box => (box.ImageId, box.Category)))
        {
            if (readers[group.Key.ImageId].Count == 1)
            {
                merged.AddRange(group);
                continue;
            }

            IReadOnlyList<(AnnotatedBox Box, bool IsAgreed)> counted = ReaderConsensus.Merge([.. group]);
            alone += counted.Count(item => !item.IsAgreed);
            merged.AddRange(counted.Select(item => item.Box));
        }

        notes.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{several} images were read by several readers ({readers.Values.SelectMany(set => set).Distinct().Count()} in all). "
                    + $"Their boxes of one class are merged as in the reference: of two with an intersection over union of "
                    + $"{ReaderConsensus.Threshold} or more only the larger counts. {boxes.Count} boxes became {merged.Count}, {alone} of "
                    + $"which one reader drew alone."
            )
        );
        return merged;
    }

    private static IEnumerable<string> PneumoniaNotes(
        DatasetSource source,
        VinDrImageLabels? labels,
        HashSet<string> drawn,
        SortedDictionary<string, int> leftOut,
        IEnumerable<string> images
    )
    {
        string names = string.Join(" and ", OfPneumonia);
        if (labels is null)
        {
            if (leftOut.Keys.Any(name => OfPneumonia.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                yield return $"The data set has no boxes of a pneumonia; with its labels of whole images (image-labels) "
                    + $"the boxes of {names} on images labelled as pneumonia count for it.";
            }

            yield break;
        }

        int unknown = images.Count(id => !labels.Knows(id));
        yield return $"Class {Pneumonia}: boxes of {names} on images that {Path.GetFileName(source.ImageLabels)} labels as "
            + $"pneumonia (by more "
            + $"than half of its readers); {drawn.Count} of {labels.Pneumonias} such images have one, the others are neither "
            + "cases nor negatives."
            + (unknown > 0 ? $" {unknown} annotated images are not in that file and count as without it." : "");
    }
}
