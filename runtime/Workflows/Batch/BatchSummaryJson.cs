using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CxrOnnx.Workflows.Batch;

/// <summary>What a run of <c>cxr batch</c> did and where it wrote, as the one document of <c>--json</c>.</summary>
public static class BatchSummaryJson
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The folders beside the results that the run writes to.</summary>
    public static IEnumerable<string> Folders(BatchRequest request)
    {
        if (request.Heatmaps is not null)
        {
            yield return "heatmaps";
        }

        if (request.Overlays)
        {
            yield return "overlays";
        }
    }

    /// <summary>The document.</summary>
    public static string Write(BatchRun run, BatchRequest request, BatchSummary summary) =>
        new JsonObject
        {
            ["results"] = run.ResultsPath,
            ["csv"] = run.CsvPath,
            ["heatmap_index"] = run.HeatmapIndexPath,
            ["folders"] = new JsonArray([.. Folders(request).Select(folder => JsonValue.Create(Path.Combine(request.Folder, folder)))]),
            ["images"] = summary.Images,
            ["grounded"] = summary.Grounded,
            ["grounded_images"] = summary.GroundedImages,
            ["normal_reports"] = summary.NormalReports,
            ["earlier"] = summary.Earlier,
            ["failed"] = summary.Failed,
            ["failed_reports"] = summary.FailedReports,
            ["first_error"] = summary.FirstError.Length > 0 ? summary.FirstError : null,
        }.ToJsonString(Indented);
}
