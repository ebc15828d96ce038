using System.Text.Json.Nodes;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Parity;

/// <summary>A parity report as JSON: what <c>cxr verify --json</c> prints and the service serves.</summary>
public static class ParityReportJson
{
    /// <summary>Makes the document. The same report gives the same document.</summary>
    /// <param name="report">The report.</param>
    /// <param name="withPath">Whether the golden file is given with its path; its name alone otherwise.</param>
    public static JsonObject Document(ParityReport report, bool withPath = true) =>
        new()
        {
            ["passed"] = report.Passed,
            ["bundle"] = report.BundleId,
            ["provider"] = report.Provider,
            ["math"] = report.Math.Name(),
            ["graph_set"] = report.GraphSet,
            ["golden_file"] = withPath ? report.GoldenFile : Path.GetFileName(report.GoldenFile),
            ["problems"] = new JsonArray([.. report.Problems.Select(problem => JsonValue.Create(problem))]),
            ["graphs_without_cases"] = new JsonArray([.. report.GraphsWithoutCases.Select(graph => JsonValue.Create(graph))]),
            ["tensors"] = new JsonArray([
                .. report.Tensors.Select(tensor => new JsonObject
                {
                    ["graph"] = tensor.Graph,
                    ["case"] = tensor.Case,
                    ["tensor"] = tensor.Tensor,
                    ["passed"] = tensor.Passed,
                    ["max_abs"] = Finite(tensor.MaxAbsolute),
                    ["max_rel"] = Finite(tensor.MaxRelative),
                    ["cosine"] = Finite(tensor.Cosine),
                    ["atol"] = tensor.Tolerance.Absolute,
                    ["rtol"] = tensor.Tolerance.Relative,
                    ["max_outlier_fraction"] = tensor.Tolerance.MaxOutlierFraction,
                    ["failed_elements"] = tensor.FailedElements,
                    ["elements"] = tensor.ElementCount,
                    ["problem"] = tensor.Problem,
                }),
            ]),
        };

    /// <summary>JSON has no NaN.</summary>
    private static JsonNode? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
