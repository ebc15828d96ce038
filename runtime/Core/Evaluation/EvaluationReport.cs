using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Core.Evaluation;

/// <summary>The results of an evaluation as the files <c>evaluation.json</c> and <c>evaluation.md</c>.</summary>
public sealed record EvaluationReport
{
    /// <summary>The data set.</summary>
    public required EvaluationDataset Dataset { get; init; }

    /// <summary>The systems in the order in which they were named.</summary>
    public required IReadOnlyList<SystemScores> Systems { get; init; }

    /// <summary>Number of bootstrap resamples.</summary>
    public required int Resamples { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What a reader should know: of the data set, and how far the order of boxes decides the contrast-to-noise ratio.</summary>
    public IReadOnlyList<string> Notes() => [.. Dataset.Notes, .. OrderNotes()];

    /// <summary>The machine-readable form.</summary>
    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("dataset", Dataset.Name);
            json.WriteNumber("cases", Dataset.Cases.Count);
            json.WriteNumber("bootstrap", Resamples);
            json.WriteNumber("seed", Seed);
            json.WriteStartArray("notes");
            foreach (string note in Notes())
            {
                json.WriteStringValue(note);
            }

            json.WriteEndArray();
            json.WriteStartArray("systems");
            foreach (SystemScores system in Systems)
            {
                Write(json, system);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>The form for people: a table of averages, a table per class, the notes.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Phrase grounding on {Dataset.Name}\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Dataset.Cases.Count} phrases on {Dataset.Cases.Select(item => item.ImageId).Distinct().Count()} images. Mean and 95 % interval of {Resamples} bootstrap resamples (seed {Seed}). ");
        text.Append("CNR: contrast-to-noise ratio, signed. mIoU: mean intersection over union at thresholds 0.1 to 0.5. AUROC: five thresholds.\n\n");
        text.Append("## Average over classes\n\n| system | CNR | mIoU % | AUROC | CNR, any box order |\n| --- | --- | --- | --- | --- |\n");
        foreach (SystemScores system in Systems)
        {
            AppendRow(text, system.Name, system.Average);
        }

        foreach (string category in Dataset.Cases.Select(item => item.CategoryName).Distinct())
        {
            int count = Dataset.Cases.Count(item => item.CategoryName == category);
            text.Append(CultureInfo.InvariantCulture, $"\n## {category} ({count})\n\n| system | CNR | mIoU % | AUROC | CNR, any box order |\n| --- | --- | --- | --- | --- |\n");
            foreach (SystemScores system in Systems)
            {
                AppendRow(text, system.Name, system.Classes[category]);
            }
        }

        text.Append("\n## Notes\n\n");
        foreach (string note in Notes().Concat(Differences()))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {note}\n");
        }

        return text.ToString();
    }

    private static void Write(Utf8JsonWriter json, SystemScores system)
    {
        json.WriteStartObject();
        json.WriteString("name", system.Name);
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
        Write(json, system.Average);
        json.WriteEndObject();
        json.WriteStartArray("cases");
        foreach (CaseScore score in system.Cases)
        {
            json.WriteStartObject();
            json.WriteString("image_id", score.Case.ImageId);
            json.WriteString("label_text", score.Case.LabelText);
            json.WriteString("category_name", score.Case.CategoryName);
            Write(json, "cnr", score.Cnr);
            Write(json, "miou", score.MIoU);
            Write(json, "auroc", score.Auroc);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ScoreSummary summary)
    {
        foreach ((string name, ConfidenceInterval? value) in (ReadOnlySpan<(string, ConfidenceInterval?)>)
            [("cnr", summary.Cnr), ("miou", summary.MIoU), ("auroc", summary.Auroc)])
        {
            if (value is not { } interval)
            {
                json.WriteNull(name);
                continue;
            }

            json.WriteStartObject(name);
            json.WriteNumber("mean", interval.Mean);
            json.WriteStartArray("ci95");
            json.WriteNumberValue(interval.Low);
            json.WriteNumberValue(interval.High);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
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

    private static void AppendRow(StringBuilder text, string name, ScoreSummary summary)
    {
        string Cell(ConfidenceInterval? value, double scale, string format) => value is { } interval
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{(interval.Mean * scale).ToString(format, CultureInfo.InvariantCulture)} [{(interval.Low * scale).ToString(format, CultureInfo.InvariantCulture)}, {(interval.High * scale).ToString(format, CultureInfo.InvariantCulture)}]")
            : "";
        string orderFree = summary.CnrOrderFree?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {name.Replace("|", "\\|", StringComparison.Ordinal)} | {Cell(summary.Cnr, 1, "0.00")} | {Cell(summary.MIoU, 100, "0.0")} | {Cell(summary.Auroc, 1, "0.000")} | {orderFree} |\n");
    }

    private IEnumerable<string> OrderNotes()
    {
        int several = Dataset.Cases.Count(item => item.Boxes.Count > 1);
        if (several == 0)
        {
            yield break;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{several} of {Dataset.Cases.Count} phrases have several boxes. As in the reference, the CNR measures them in the order of the file, and a box no longer counts for later ones.");
        foreach (SystemScores system in Systems.Where(system => system.Average is { Cnr: not null, CnrOrderFree: not null }))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{system.Name}: average CNR {system.Average.Cnr!.Value.Mean:0.0000}; measured against what lies outside all boxes, whatever their order, {system.Average.CnrOrderFree!.Value:0.0000}.");
        }
    }

    /// <summary>Which systems' averages differ by more than their intervals.</summary>
    private IEnumerable<string> Differences()
    {
        for (int i = 0; i < Systems.Count; i++)
        {
            for (int j = i + 1; j < Systems.Count; j++)
            {
                List<string> apart = [];
                if (Systems[i].Average.Cnr is { } first && Systems[j].Average.Cnr is { } second && first.IsApartFrom(second))
                {
                    apart.Add("CNR");
                }

                if (Systems[i].Average.MIoU.IsApartFrom(Systems[j].Average.MIoU))
                {
                    apart.Add("mIoU");
                }

                yield return apart.Count > 0
                    ? $"{Systems[i].Name} and {Systems[j].Name} differ significantly (intervals do not overlap) in {string.Join(" and ", apart)}."
                    : $"{Systems[i].Name} and {Systems[j].Name}: no significant difference of the averages (intervals overlap).";
            }
        }
    }
}
