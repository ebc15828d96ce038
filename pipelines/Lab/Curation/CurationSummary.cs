using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Lab.Curation;

/// <summary>What a tuning set was made of, and what was left out and why: <c>summary.json</c>.</summary>
internal sealed class CurationSummary(CurationRequest request, TuningSetBuilder set, StudyImages images, CurationRemarks remarks)
{
    /// <summary>Number of samples that are validated on.</summary>
    public int Validated { get; } = set.Entries.Count(entry => entry.Split == TuningSetFile.Validate);

    /// <summary>Every count of what was left out: kind, reason, number.</summary>
    public IReadOnlyList<(string Kind, string Reason, int Count)> LeftOut { get; } =
    [
        .. images.LeftOut.Select(item => ("images", item.Key, item.Value)),
        .. set.ReportsLeftOut.Select(item => ("reports", item.Key, item.Value)),
        .. set.WithoutLocation.Count > 0
            ? [("findings", "without a place", set.WithoutLocation.Values.Sum())]
            : Array.Empty<(string, string, int)>(),
        .. set.Uncertain > 0 ? [("findings", "hedged (--certain-only)", set.Uncertain)] : Array.Empty<(string, string, int)>(),
    ];

    /// <summary>Writes the summary.</summary>
    public void Write(string path)
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
            json.WriteString("created_by", ToolVersion.Lab);
            json.WriteStartObject("inputs");
            json.WriteString("reports", request.Reports);
            json.WriteString("radgraph", request.RadGraph);
            json.WriteString("images", request.Images.Folder);
            json.WriteString("metadata", request.Images.Metadata);
            json.WriteString("official_split", request.Images.OfficialSplit);
            WriteList(json, "exclude", request.Images.Exclude);
            WriteList(json, "views", request.Images.KeptViews.Count == 0 ? ["all"] : request.Images.KeptViews);
            json.WriteBoolean("certain_only", request.CertainOnly);
            json.WriteEndObject();
            json.WriteNumber("reports", set.Reports);
            json.WriteNumber("patients", set.Patients);
            json.WriteNumber("findings", set.Findings);
            json.WriteNumber("images", images.Kept);
            json.WriteStartObject("samples");
            json.WriteNumber(TuningSetFile.Train, set.Entries.Count - Validated);
            json.WriteNumber(TuningSetFile.Validate, Validated);
            json.WriteEndObject();
            json.WriteStartObject("left_out");
            foreach (IGrouping<string, (string Kind, string Reason, int Count)> kind in LeftOut.GroupBy(item => item.Kind))
            {
                json.WriteStartObject(kind.Key);
                foreach ((_, string reason, int count) in kind)
                {
                    json.WriteNumber(reason, count);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            WriteRemarks(json);
            WriteList(json, "notes", images.Notes);
            json.WriteEndObject();
        }

        AtomicFile.WriteText(path, Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    private void WriteRemarks(Utf8JsonWriter json)
    {
        json.WriteNumber("remarked_reports", remarks.Reports);
        json.WriteStartArray("remarks");
        foreach ((string kind, int reports, string first, IReadOnlyList<string> examples) in remarks.Kinds)
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            json.WriteNumber("reports", reports);
            json.WriteString("first", first);
            WriteList(json, "examples", examples);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
