using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// MS-CXR's COCO file: <c>images</c>, <c>categories</c> and <c>annotations</c> with <c>bbox</c> [x, y, width, height] and
/// <c>label_text</c>, a phrase or a list of phrases.
/// </summary>
internal static class CocoPhrases
{
    /// <summary>Reads a file; a box with several phrases is a row for each.</summary>
    /// <exception cref="InputException">The file is wrong; names the entry.</exception>
    public static IReadOnlyList<PhraseRow> Read(string path)
    {
        using JsonDocument document = PackedFile.ReadJson(path);
        JsonFields root = new(document.RootElement, path);
        Dictionary<string, string> categories = [];
        foreach (JsonFields category in root.Objects("categories"))
        {
            if (!categories.TryAdd(category.Key("id"), category.Text("name")))
            {
                throw new InputException($"{category.Where}: a second category has the id {category.Key("id")}; give it another one");
            }
        }

        Dictionary<string, JsonFields> images = [];
        foreach (JsonFields image in root.Objects("images"))
        {
            if (!images.TryAdd(image.Key("id"), image))
            {
                throw new InputException($"{image.Where}: a second image has the id {image.Key("id")}; give it another one");
            }
        }

        List<PhraseRow> rows = [];
        foreach (JsonFields annotation in root.Objects("annotations"))
        {
            string imageId = annotation.Key("image_id");
            JsonFields image = images.TryGetValue(imageId, out JsonFields? found)
                ? found
                : throw new InputException($"{annotation.Where}: there is no image {imageId}; mend image_id, or remove the annotation");
            string categoryId = annotation.Key("category_id");
            string category = categories.TryGetValue(categoryId, out string? name)
                ? name
                : throw new InputException(
                    $"{annotation.Where}: there is no category {categoryId}; mend category_id, or remove the annotation"
                );
            WrittenBox box = WrittenBox.OfJson(annotation.Element("bbox"), annotation.Where, hasEdges: false);
            string? file = image.OptionalText("path");
            string imageName = image.OptionalText("dicom_id") ?? image.OptionalText("file_name") ?? file ?? image.Text("file_name");
            rows.AddRange(
                annotation
                    .Texts("label_text")
                    .Select(phrase => new PhraseRow(CaseKey.ImageIdOf(imageName), phrase, category, box)
                    {
                        Size =
                            image.Has("width") && image.Has("height") ? new ImageSize(image.Pixels("width"), image.Pixels("height")) : null,
                        Path = file,
                        Split = annotation.OptionalText("split") ?? image.OptionalText("split"),
                    })
            );
        }

        return rows;
    }
}
