using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// The grounded reports of PadChest-GR (de Castro et al. 2025, arXiv:2411.05085), <c>grounded_reports_*.json</c>: a list of studies with
/// <c>ImageID</c> and <c>findings</c>; a finding has <c>sentence_en</c>, <c>abnormal</c>, <c>boxes</c> ([x1, y1, x2, y2] as shares of the
/// image) and <c>labels</c>.
/// </summary>
/// <param name="ImageIds">Every image that is named, in order.</param>
/// <param name="Sentences">Every finding, in order.</param>
/// <param name="Notes">What a reader of the results should know of the boxes.</param>
internal sealed record PadChestReports(
    IReadOnlyList<string> ImageIds,
    IReadOnlyList<PadChestSentence> Sentences,
    IReadOnlyList<string> Notes
)
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

    /// <summary>Reads the file.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="sizeOf">Size of an image that has boxes, by identifier and place in the file; throws where it is not known.</param>
    /// <exception cref="InputException">The file is wrong; names study and finding.</exception>
    public static PadChestReports Read(string path, Func<string, string, ImageSize> sizeOf)
    {
        using JsonDocument document = PackedFile.ReadJson(path);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{path}: is no list of studies; the data set's grounded_reports_*.json was expected");
        }

        AnnotatedBoxes checks = new();
        FirstSpelling images = new();
        HashSet<string> named = [];
        List<PadChestSentence> sentences = [];
        foreach ((int index, JsonElement element) in document.RootElement.EnumerateArray().Index())
        {
            JsonFields study = new(element, $"{path} [{index}]");
            string id = images.Of(CaseKey.ImageIdOf(study.Text("ImageID")));
            named.Add(id);
            sentences.AddRange(study.Objects("findings").Select(finding => Sentence(finding, id, sizeOf, checks)));
        }

        return new PadChestReports([.. named], sentences, [.. checks.Notes()]);
    }

    private static PadChestSentence Sentence(JsonFields finding, string id, Func<string, string, ImageSize> sizeOf, AnnotatedBoxes checks)
    {
        JsonElement[] drawn = List(finding, "boxes");
        string? text = finding.OptionalText("sentence_en");
        List<PixelBox> boxes = [];
        if (drawn.Length > 0)
        {
            string phrase = text ?? finding.Text("sentence_en");
            ImageSize size = sizeOf(id, finding.Where);
            foreach (JsonElement box in drawn)
            {
                WrittenBox written = Pixels(WrittenBox.OfJson(box, finding.Where, hasEdges: true), size);
                if (checks.Accept(written, id, phrase, size))
                {
                    boxes.Add(written.Box);
                }
            }
        }

        return new PadChestSentence(
            finding.Where,
            id,
            text,
            CategoryOf(finding),
            finding.Has("abnormal") && finding.Element("abnormal").ValueKind == JsonValueKind.True,
            drawn.Length > 0,
            boxes,
            finding.Has("extra_boxes") && finding.Element("extra_boxes") is { ValueKind: JsonValueKind.Array } extra
                ? extra.GetArrayLength()
                : 0
        );
    }

    private static JsonElement[] List(JsonFields finding, string name) =>
        !finding.Has(name) ? []
        : finding.Element(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()]
        : throw new InputException(
            $"{finding.Where}: {name} is {JsonFields.Shown(finding.Element(name))}, a list was expected; mend it, or remove the entry"
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
