using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// CheXlocalize (Saporta et al. 2022), <c>gt_segmentations_*.json</c>: for every image and class a mask as COCO run lengths. A case is
/// scored on the boxes of the mask's connected parts.
/// </summary>
internal static partial class CheXlocalizeAnnotations
{
    /// <summary>Reads the annotations.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        string path = input.Source.Annotations;
        using JsonDocument document = PackedFile.ReadJson(path);
        AnnotatedBoxes checks = new();
        ImageSizes sizes = new();
        FirstSpelling classes = new();
        SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
        List<string> named = [];
        List<AnnotatedBox> boxes = [];
        (int empty, int lateral) = (0, 0);
        (double filled, double boxed) = (0, 0);
        foreach ((string key, JsonElement value) in new JsonFields(document.RootElement, path).All())
        {
            Match name = ImageName().Match(key);
            if (!name.Success)
            {
                throw new InputException(
                    $"{path} \"{key}\": is no image of CheXpert (patient64541_study1_view1_frontal was expected); is it another "
                        + $"file of the "
                        + $"data set?"
                );
            }

            if (name.Groups["view"].Value.EndsWith("lateral", StringComparison.OrdinalIgnoreCase))
            {
                lateral++;
                continue;
            }

            named.Add(key);
            foreach ((string label, JsonElement mask) in new JsonFields(value, $"{path} \"{key}\"").All())
            {
                string where = $"{path} \"{key}\" \"{label}\"";
                string category = classes.Of(label);
                if (label == "img_size")
                {
                    throw new InputException($"{where}: is the file of polygons; the masks (gt_segmentations_*.json) were expected");
                }

                RunLengthMask decoded = RunLengthMask.Of(new JsonFields(mask, where));
                if (PathologyOf(category) is null)
                {
                    leftOut[category] = leftOut.GetValueOrDefault(category) + (decoded.Area > 0 ? 1 : 0);
                    continue;
                }

                ImageSize size = sizes.Add(where, key, decoded.Size);
                empty += decoded.Area == 0 ? 1 : 0;
                IReadOnlyList<PixelBox> parts = decoded.Boxes();
                filled += decoded.Area;
                boxed += parts.Sum(part => part.Area);
                boxes.AddRange(
                    parts
                        .Where(part =>
                            checks.Accept(
                                new WrittenBox(where, ["x", "y", "w", "h"], [part.X, part.Y, part.Width, part.Height], false),
                                key,
                                category,
                                size
                            )
                        )
                        .Select(part => new AnnotatedBox(key, category, size, part)
                        {
                            Path = $"{name.Groups["patient"].Value}/{name.Groups["study"].Value}/{name.Groups["view"].Value}.jpg",
                        })
                );
            }
        }

        List<string> notes =
        [
            CaseGroups.SyntheticNote(input.Atlas),
            .. CaseGroups.LeftOutNote(leftOut.Where(entry => entry.Value > 0)),
            string.Create(
                CultureInfo.InvariantCulture,
                $"Scored on boxes, not on masks: the box of every connected part of a mask; the masks fill "
                    + $"{(boxed > 0 ? filled / boxed : 0):0%} "
                    + $"of their boxes. {empty} empty masks (the class is not there) make no case."
            ),
            .. lateral > 0 ? [$"{lateral} lateral images were left out."] : Array.Empty<string>(),
            .. checks.Notes(),
        ];
        return new EvaluationDataset(input.Source.Name, CaseGroups.OfClasses(boxes, category => PathologyOf(category)!, input.Atlas), notes)
        {
            ImageIds = named,
        };
    }

    private static Pathology? PathologyOf(string category) =>
        string.Equals(category, "Airspace Opacity", StringComparison.OrdinalIgnoreCase) ? Pathology.LungOpacity
        : Pathology.TryFind(category, out Pathology? pathology) ? pathology
        : null;

    [GeneratedRegex(@"^(?<patient>patient\d+)_(?<study>study\d+)_(?<view>view\d+_(frontal|lateral))$", RegexOptions.IgnoreCase)]
    private static partial Regex ImageName();
}
