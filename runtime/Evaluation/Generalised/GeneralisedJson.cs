using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// <c>generalised.json</c>: the results for programs, with every phrase and region, so that the figures can be computed again. Numbers but
/// scores are rounded to five digits behind the point; null where there is no such figure.
/// </summary>
public static class GeneralisedJson
{
    private const int Digits = 5;

    /// <summary>Writes the document.</summary>
    public static string Write(GeneralisedReport report)
    {
        using MemoryStream stream = new();
        using (
            Utf8JsonWriter json = new(
                stream,
                new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            )
        )
        {
            json.WriteStartObject();
            json.WriteString("task", "generalised");
            json.WriteString("dataset", report.Dataset.Name);
            json.WriteNumber("bootstrap", report.Resamples);
            json.WriteNumber("seed", report.Seed);
            json.WriteStartArray("notes");
            foreach (string note in report.Notes())
            {
                json.WriteStringValue(note);
            }

            json.WriteEndArray();
            json.WriteStartArray("systems");
            foreach (RegionScores system in report.Systems)
            {
                Write(json, system, report.Dataset);
            }

            json.WriteEndArray();
            json.WriteStartArray("phrases");
            foreach (GeneralisedCase item in report.Dataset.Cases)
            {
                Write(json, item);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>The name of a kind of phrase in files.</summary>
    public static string NameOf(PhraseKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static void Write(Utf8JsonWriter json, RegionScores system, GeneralisedSet set)
    {
        json.WriteStartObject();
        json.WriteString("name", system.Name);
        json.WriteString("description", system.Description);
        Interval(json, "ap30", system.AveragePrecision[0]);
        Interval(json, "ap50", system.AveragePrecision[1]);
        Interval(json, "supported_with_region", system.Kept);
        Interval(json, "unsupported_without_region", system.NoRegion);
        json.WriteStartObject("without_region");
        foreach ((PhraseKind kind, ConfidenceInterval share) in system.Kinds)
        {
            Interval(json, NameOf(kind), share);
        }

        json.WriteEndObject();
        json.WriteStartObject("sweep");
        json.WriteString("over", system.SweepOver);
        Interval(json, "without_region_at_90", system.NoRegionAtMainShare);
        json.WriteStartArray("points");
        foreach (SweepPoint point in system.Sweep)
        {
            json.WriteStartObject();
            Number(json, "wanted", point.Wanted);
            Number(json, "threshold", point.Threshold);
            Number(json, "supported_with_region", point.Kept);
            Number(json, "without_region", point.NoRegion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("answers");
        for (int i = 0; i < set.Cases.Count; i++)
        {
            WriteAnswer(json, system.Answers[i]);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>One answer per phrase, in the order of <c>phrases</c>: a line each, since there are many.</summary>
    private static void WriteAnswer(Utf8JsonWriter json, RegionAnswer answer)
    {
        StringBuilder line = new("{\"withheld\": ");
        line.Append(answer.IsWithheld ? "true" : "false").Append(", \"regions\": [");
        line.AppendJoin(", ", answer.Candidates.Select(region => $"[{Corners(region.Box)}, {Exact(region.Score)}]"));
        json.WriteRawValue(line.Append("]}").ToString(), skipInputValidation: false);
    }

    private static void Write(Utf8JsonWriter json, GeneralisedCase item)
    {
        EvaluationCase phrase = item.Phrase;
        static string Quoted(string text) => JsonSerializer.Serialize(text, RelaxedText);
        json.WriteRawValue(
            $"{{\"image_id\": {Quoted(phrase.ImageId)}, \"label_text\": {Quoted(phrase.LabelText)}, \"category_name\": "
                + $"{Quoted(phrase.CategoryName)}, \"kind\": \"{NameOf(item.Kind)}\", \"boxes\": "
                + $"[{string.Join(", ", phrase.Boxes.Select(box => $"[{Corners(box)}]"))}]}}"
        );
    }

    private static readonly JsonSerializerOptions RelaxedText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Corners(PixelBox box) => $"{Text(box.X)}, {Text(box.Y)}, {Text(box.Width)}, {Text(box.Height)}";

    /// <summary>A rounded score would be equal to others, and equal scores are one point of a curve.</summary>
    private static string Exact(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(double value) => Math.Round(value, Digits).ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    private static void Interval(Utf8JsonWriter json, string name, ConfidenceInterval? value)
    {
        if (value is not { } interval)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        Number(json, "mean", interval.Mean);
        json.WriteStartArray("ci95");
        json.WriteNumberValue(Math.Round(interval.Low, Digits));
        json.WriteNumberValue(Math.Round(interval.High, Digits));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Math.Round(value, Digits));
}
