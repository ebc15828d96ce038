using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CxrOnnx.Evaluation.Comparison;

/// <summary>A comparison as the one document of <c>cxr compare --json</c>.</summary>
public static class ComparisonJson
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The document.</summary>
    public static string Write(ComparisonResult result) =>
        new JsonObject
        {
            ["bundles"] = new JsonArray(Bundle("a", result.First), Bundle("b", result.Second)),
            ["preset"] = result.Preset,
            ["provider"] = result.Provider,
            ["images"] = result.Images,
            ["warm_up_left_out"] = result.WarmUpLeftOut,
            ["phrases"] = new JsonArray([.. result.Phrases.Select(Phrase)]),
        }.ToJsonString(Indented);

    private static JsonObject Bundle(string name, ComparedBundle bundle) =>
        new()
        {
            ["name"] = name,
            ["path"] = bundle.Path,
            ["id"] = bundle.Id,
            ["model"] = bundle.Model,
            ["precision"] = bundle.Precision,
            ["seconds_per_image"] = new JsonArray([.. bundle.SecondsPerImage.Select(value => JsonValue.Create(Math.Round(value, 4)))]),
        };

    private static JsonNode Phrase(ComparedPhrase phrase) =>
        new JsonObject
        {
            ["image_id"] = phrase.ImageId,
            ["phrase_a"] = phrase.FirstPhrase,
            ["phrase_b"] = phrase.SecondPhrase,
            ["correlation"] = phrase.Correlation,
            ["max_abs"] = phrase.MaxAbs,
            ["box_iou"] = phrase.BoxIoU,
            ["scores_a"] = Scores(phrase.First),
            ["scores_b"] = Scores(phrase.Second),
        };

    /// <summary>JSON has no infinity or NaN: such a score is null.</summary>
    private static JsonObject? Scores(ComparedScores? scores) =>
        scores is null
            ? null
            : new JsonObject
            {
                ["cnr"] = Finite(scores.Cnr),
                ["miou"] = Finite(scores.MIoU),
                ["auroc"] = Finite(scores.Auroc),
            };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
