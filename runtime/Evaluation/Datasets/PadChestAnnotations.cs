using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// PadChest-GR (de Castro et al. 2025, arXiv:2411.05085), <c>grounded_reports_*.json</c>: studies with sentences, each with boxes [x1, y1,
/// x2, y2] as shares of the image.
/// </summary>
internal static class PadChestAnnotations
{
    private static readonly Dictionary<string, Pathology> Classes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["alveolar pattern"] = Pathology.Consolidation,
        ["infiltrates"] = Pathology.LungOpacity,
        ["increased density"] = Pathology.LungOpacity,
        ["laminar atelectasis"] = Pathology.Atelectasis,
        ["lobar atelectasis"] = Pathology.Atelectasis,
        ["total atelectasis"] = Pathology.Atelectasis,
        ["pulmonary edema"] = Pathology.Edema,
        ["loculated pleural effusion"] = Pathology.PleuralEffusion,
        ["hydropneumothorax"] = Pathology.Pneumothorax,
    };

    /// <summary>Reads the annotations.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        string path = input.Source.Annotations;
        using JsonDocument document = PackedFile.ReadJson(path);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{path}: is no list of studies; the data set's grounded_reports_*.json was expected");
        }

        AnnotatedBoxes checks = new();
        FirstSpelling images = new();
        HashSet<string> named = [];
        List<AnnotatedBox> boxes = [];
        (int sentences, int without, int index) = (0, 0, 0);
        foreach (JsonElement element in document.RootElement.EnumerateArray())
        {
            JsonFields study = new(element, $"{path} [{index++}]");
            string id = images.Of(CaseKey.ImageIdOf(study.Text("ImageID")));
            named.Add(id);
            foreach (JsonFields finding in study.Objects("findings"))
            {
                sentences++;
                JsonElement[] drawn = Boxes(finding);
                if (drawn.Length == 0)
                {
                    without++;
                    continue;
                }

                string phrase = finding.Text("sentence_en");
                ImageSize size = input.Size(id, finding.Where);
                foreach (JsonElement box in drawn)
                {
                    WrittenBox written = Pixels(WrittenBox.OfJson(box, finding.Where, hasEdges: true), size);
                    if (checks.Accept(written, id, phrase, size))
                    {
                        boxes.Add(new AnnotatedBox(id, CategoryOf(finding), size, written.Box) { Phrase = phrase });
                    }
                }
            }
        }

        return new EvaluationDataset(
            input.Source.Name,
            CaseGroups.OfPhrases(boxes, out _),
            [
                $"{sentences - without} of {sentences} sentences have boxes and are the cases; {without} have none, most "
                    + $"because they deny or "
                    + "describe what is normal. Boxes of one image and sentence are one case; extra_boxes are not used.",
                "Classes are the eight pathologies where one of the sentence's labels names one, else its first label.",
                .. checks.Notes(),
            ]
        )
        {
            ImageIds = [.. named],
        };
    }

    private static JsonElement[] Boxes(JsonFields finding) =>
        !finding.Has("boxes") ? []
        : finding.Element("boxes") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()]
        : throw new InputException(
            $"{finding.Where}: boxes is {JsonFields.Shown(finding.Element("boxes"))}, a list was expected; mend it, or remove the entry"
        );

    /// <summary>Shares of the image become pixels; a share beyond the image by more than a rounding is refused.</summary>
    private static WrittenBox Pixels(WrittenBox shares, ImageSize size)
    {
        if (shares.Values.Any(value => value is < -0.01 or > 1.01))
        {
            throw new InputException(
                $"{shares.Where}: the box ({shares.Text}) is not within 0 to 1; boxes of this data set are shares of the image: "
                    + $"divide by its "
                    + $"width and height"
            );
        }

        AnnotatedBoxes.CheckExtent(shares);
        return shares.Scaled(size.Width, size.Height);
    }

    private static string CategoryOf(JsonFields finding)
    {
        string[] labels =
            finding.Has("labels") && finding.Element("labels") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!.Trim())]
                : [];
        return labels
                .Select(label =>
                    Classes.TryGetValue(label, out Pathology? known) ? known
                    : Pathology.TryFind(label, out Pathology? pathology) ? pathology
                    : null
                )
                .FirstOrDefault(pathology => pathology is not null)
                ?.Name
            ?? labels.FirstOrDefault(label => label.Length > 0)
            ?? "other";
    }
}
