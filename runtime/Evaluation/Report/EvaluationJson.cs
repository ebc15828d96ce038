using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary>
/// <c>evaluation.json</c>: the results for programs. All numbers as they are, mIoU as a fraction; null where a system has no such metric.
/// </summary>
public static class EvaluationJson
{
    /// <summary>Writes the document.</summary>
    public static string Write(EvaluationReport report)
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
            json.WriteString("dataset", report.Dataset.Name);
            json.WriteNumber("cases", report.Dataset.Cases.Count);
            json.WriteNumber("bootstrap", report.Resamples);
            json.WriteNumber("seed", report.Seed);
            Array(json, "notes", report.Notes(), json.WriteStringValue);
            Array(json, "systems", report.Systems, system => Write(json, system));
            Array(json, "comparisons", report.Comparisons, comparison => Write(json, comparison));
            Array(json, "quoted", report.Quoted, quoted => Write(json, quoted));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, SystemScores system)
    {
        json.WriteStartObject();
        json.WriteString("name", system.Name);
        json.WriteString("description", system.Description);
        json.WriteStartObject("classes");
        foreach ((string category, ScoreSummary summary) in system.Classes)
        {
            json.WriteStartObject(category);
            json.WriteNumber("n", summary.Count);
            Write(json, summary);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("average");
        json.WriteNumber("n", system.Average.Count);
        Write(json, system.Average);
        json.WriteEndObject();
        Array(
            json,
            "cases",
            system.Cases,
            score =>
            {
                json.WriteStartObject();
                json.WriteString("image_id", score.Case.ImageId);
                json.WriteString("label_text", score.Case.LabelText);
                json.WriteString("category_name", score.Case.CategoryName);
                Number(json, "cnr", score.Cnr);
                Number(json, "miou", score.MIoU);
                Number(json, "auroc", score.Auroc);
                json.WriteEndObject();
            }
        );
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QuotedScore quoted)
    {
        json.WriteStartObject();
        json.WriteString("system", quoted.System);
        json.WriteNumber("cnr", quoted.Cnr);
        json.WriteNumber("miou", quoted.MIoU);
        json.WriteString("source", quoted.Source);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ScoreSummary summary)
    {
        Interval(json, "cnr", summary.Cnr);
        Interval(json, "miou", summary.MIoU);
        Interval(json, "auroc", summary.Auroc);
    }

    private static void Write(Utf8JsonWriter json, SystemComparison comparison)
    {
        json.WriteStartObject();
        json.WriteString("first", comparison.First);
        json.WriteString("second", comparison.Second);
        foreach (
            (string name, MetricComparison? metric) in (ReadOnlySpan<(string, MetricComparison?)>)
                [("cnr", comparison.Cnr), ("miou", comparison.MIoU), ("auroc", comparison.Auroc)]
        )
        {
            if (metric is null)
            {
                json.WriteNull(name);
                continue;
            }

            json.WriteStartObject(name);
            Interval(json, "difference", metric.Difference);
            json.WriteBoolean("intervals_apart", metric.IntervalsApart);
            Number(json, "ratio", metric.Ratio);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Interval(Utf8JsonWriter json, string name, ConfidenceInterval? value)
    {
        if (value is not { } interval)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("mean", interval.Mean);
        json.WriteStartArray("ci95");
        json.WriteNumberValue(interval.Low);
        json.WriteNumberValue(interval.High);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
        }

        json.WriteEndArray();
    }
}
