using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>What is known to be on the images of a phantom data set (<c>findings.json</c>).</summary>
internal static class KnownFindings
{
    /// <summary>Reads the findings by image.</summary>
    /// <exception cref="InputException">The file is missing or in another form.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<StandardPrompt>> Load(string path)
    {
        try
        {
            using JsonDocument document = PackedFile.ReadJson(path);
            return document
                .RootElement.GetProperty("samples")
                .EnumerateArray()
                .ToDictionary(
                    sample => StudyKey.Of(sample.GetProperty("image_id").GetString()!),
                    sample =>
                        (IReadOnlyList<StandardPrompt>)
                            [.. sample.GetProperty("findings").EnumerateArray().Select(finding => Read(finding, path))]
                );
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException)
        {
            throw new InputException(
                $"{path}: is no list of known findings ({exception.Message}); --truth wants the findings.json of cxr-lab phantom",
                exception
            );
        }
    }

    private static StandardPrompt Read(JsonElement finding, string path)
    {
        string name = finding.GetProperty("pathology").GetString()!;
        return Pathology.TryFind(name, out Pathology? pathology)
            ? new StandardPrompt(
                pathology,
                finding
                    .GetProperty("locations")
                    .EnumerateArray()
                    .Select(item =>
                        Location.TryFind(item.GetString()!, out Location? location)
                            ? location
                            : throw new InputException($"{path}: location '{item}' is none of the 27")
                    )
            )
            : throw new InputException($"{path}: pathology '{name}' is none of the eight");
    }
}
