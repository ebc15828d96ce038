using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// The grounded reports of PadChest-GR: a JSON list of studies, each with <c>ImageID</c> and <c>findings</c>; a finding has
/// <c>sentence_en</c>, <c>abnormal</c>, <c>boxes</c> (corners [left, top, right, bottom] in shares of the image) and <c>labels</c>.
/// </summary>
/// <remarks>
/// Castro et al. 2024, arXiv:2411.05085. A sentence with boxes is supported, one that is not abnormal and has none says what is not there
/// or normal. An abnormal one without boxes is neither and is left out. <c>extra_boxes</c>, the second reader's, are not used.
/// </remarks>
internal static class PadChestGrSentences
{
    /// <summary>Reads the file.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="sizeOf">Size of an image; null if unknown.</param>
    /// <exception cref="InputException">It is wrong; names study and finding.</exception>
    public static GeneralisedSet Read(string path, Func<string, ImageSize?> sizeOf)
    {
        using JsonDocument document = PackedFile.ReadJson(path);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{path}: wanted a JSON list of studies with ImageID and findings");
        }

        return Read(path, [.. document.RootElement.EnumerateArray()], sizeOf);
    }

    private static GeneralisedSet Read(string path, JsonElement[] studies, Func<string, ImageSize?> sizeOf)
    {
        Dictionary<CaseKey, (ImageSize Size, List<PixelBox> Boxes, bool Denied)> sentences = [];
        (int withoutBoxes, int extra) = (0, 0);
        for (int study = 0; study < studies.Length; study++)
        {
            string id = CaseKey.ImageIdOf(Text(studies[study], "ImageID", $"{path}: study {study}"));
            ImageSize size =
                sizeOf(id)
                ?? throw new InputException(
                    $"{path}: study {study}: the size of image {id} is not known; give `image-sizes` FILE.csv (image_id,width,height) or "
                        + $"`images` DIR"
                );
            int finding = 0;
            foreach (JsonElement item in Member(studies[study], "findings", JsonValueKind.Array, $"{path}: study {study}").EnumerateArray())
            {
                string where = $"{path}: study {study} ({id}), finding {finding++}";
                CaseKey key = new(id, Text(item, "sentence_en", where), Labels(item));
                PixelBox[] boxes =
                [
                    .. Member(item, "boxes", JsonValueKind.Array, where).EnumerateArray().Select(box => Box(box, size, where)),
                ];
                extra +=
                    item.TryGetProperty("extra_boxes", out JsonElement more) && more.ValueKind == JsonValueKind.Array
                        ? more.GetArrayLength()
                        : 0;
                bool abnormal = item.TryGetProperty("abnormal", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
                if (boxes.Length == 0 && abnormal)
                {
                    withoutBoxes++;
                    continue;
                }

                if (!sentences.TryGetValue(key, out (ImageSize Size, List<PixelBox> Boxes, bool Denied) known))
                {
                    sentences.Add(key, known = (size, [], boxes.Length == 0));
                }

                known.Boxes.AddRange(boxes.Except(known.Boxes));
            }
        }

        GeneralisedCase[] cases =
        [
            .. sentences.Select(sentence => new GeneralisedCase(
                new EvaluationCase
                {
                    ImageId = sentence.Key.ImageId,
                    LabelText = sentence.Key.LabelText,
                    CategoryName = sentence.Key.CategoryName,
                    ImageSize = sentence.Value.Size,
                    Boxes = sentence.Value.Boxes,
                },
                sentence.Value.Boxes.Count > 0 ? PhraseKind.Supported : PhraseKind.Denied
            )),
        ];
        List<string> notes = [];
        if (withoutBoxes > 0)
        {
            notes.Add($"{withoutBoxes} abnormal {(withoutBoxes == 1 ? "sentence has" : "sentences have")} no boxes and were left out.");
        }

        if (extra > 0)
        {
            notes.Add($"{extra} boxes of second readers (extra_boxes) were not used.");
        }

        return new GeneralisedSet("padchest-gr", [.. cases.GroupBy(item => item.Phrase.ImageId).SelectMany(group => group)], notes);
    }

    private static PixelBox Box(JsonElement box, ImageSize size, string where)
    {
        double[] numbers =
            box.ValueKind == JsonValueKind.Array && box.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number)
                ? [.. box.EnumerateArray().Select(number => number.GetDouble())]
                : [];
        bool isBox = numbers is [>= -0.01 and <= 1.01, >= -0.01 and <= 1.01, >= -0.01 and <= 1.01, >= -0.01 and <= 1.01];
        return isBox && numbers[2] > numbers[0] && numbers[3] > numbers[1]
            ? PixelBox
                .FromEdges(numbers[0] * size.Width, numbers[1] * size.Height, numbers[2] * size.Width, numbers[3] * size.Height)
                .ClippedTo(size)
            : throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{where}: a box is {box.GetRawText()}, wanted [left, top, right, bottom] in shares of the image from 0 to 1"
                )
            );
    }

    private static string Labels(JsonElement item) =>
        item.TryGetProperty("labels", out JsonElement labels) && labels.ValueKind == JsonValueKind.Array
            ? string.Join(", ", labels.EnumerateArray().Select(label => label.ToString().Trim()))
            : "";

    private static string Text(JsonElement item, string name, string where) =>
        Member(item, name, JsonValueKind.String, where).GetString()!.Trim() is { Length: > 0 } text
            ? text
            : throw new InputException($"{where}: {name} is empty");

    private static JsonElement Member(JsonElement item, string name, JsonValueKind kind, string where) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw new InputException($"{where}: no {name} ({kind.ToString().ToLowerInvariant()}) in it");
}
