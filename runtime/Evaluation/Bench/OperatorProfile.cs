using System.Text.Json;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>Reads the traces that ONNX Runtime writes of its sessions, and adds up their operators.</summary>
public static class OperatorProfile
{
    // The event of an operator's own work; others are about its surroundings and would count time twice.
    private const string KernelSuffix = "_kernel_time";

    /// <summary>Adds up operators.</summary>
    /// <param name="traces">Per graph the file with its trace: a JSON list of events with a duration in microseconds.</param>
    /// <returns>One entry per graph and kind of operator, longest first.</returns>
    /// <exception cref="ArtifactException">A file is not such a trace.</exception>
    public static IReadOnlyList<OperatorTime> Read(IReadOnlyDictionary<string, string> traces)
    {
        List<(string Graph, string Operator, double Seconds, double? Operations)> calls = [];
        foreach ((string graph, string path) in traces)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
                calls.AddRange(Kernels(document.RootElement).Select(call => (graph, call.Operator, call.Seconds, call.Operations)));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                throw new ArtifactException($"{path}: not a profile of ONNX Runtime: {error.Message}", error);
            }
        }

        double total = calls.Sum(call => call.Seconds);
        return
        [
            .. calls
                .GroupBy(call => (call.Graph, call.Operator))
                .Select(group =>
                {
                    double seconds = group.Sum(call => call.Seconds);
                    double? gflop = group.All(call => call.Operations is null) ? null : group.Sum(call => call.Operations ?? 0) / 1e9;
                    return new OperatorTime(
                        group.Key.Graph,
                        group.Key.Operator,
                        group.Count(),
                        seconds,
                        total > 0 ? seconds / total : 0,
                        gflop,
                        seconds > 0 ? gflop / seconds : null
                    );
                })
                .OrderByDescending(entry => entry.Seconds)
                .ThenBy(entry => entry.Graph, StringComparer.Ordinal)
                .ThenBy(entry => entry.Operator, StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<(string Operator, double Seconds, double? Operations)> Kernels(JsonElement events)
    {
        foreach (JsonElement item in events.EnumerateArray())
        {
            if (!item.TryGetProperty("cat", out JsonElement kind) || kind.GetString() != "Node")
            {
                continue;
            }

            if (!item.GetProperty("name").GetString()!.EndsWith(KernelSuffix, StringComparison.Ordinal))
            {
                continue;
            }

            JsonElement arguments = item.GetProperty("args");
            string name = arguments.GetProperty("op_name").GetString()!;
            yield return (name, item.GetProperty("dur").GetDouble() / 1e6, Operations(name, arguments));
        }
    }

    /// <summary>
    /// Two per weight used; null for operators that are neither convolution nor matrix product, and where the trace has no shapes.
    /// </summary>
    private static double? Operations(string name, JsonElement arguments)
    {
        bool convolution = name.EndsWith("Conv", StringComparison.Ordinal);
        if (!convolution && !name.Contains("MatMul", StringComparison.Ordinal) && !name.Contains("Gemm", StringComparison.Ordinal))
        {
            return null;
        }

        long[][] inputs = Shapes(arguments, "input_type_shape"),
            outputs = Shapes(arguments, "output_type_shape");
        if (outputs is not [[_, ..] output, ..])
        {
            return null;
        }

        double elements = output.Aggregate(1.0, (product, side) => product * side);

        // The weight of a convolution is the only other input with as many dimensions as its result; scales and biases have at most one.
        if (convolution)
        {
            long[]? weight = inputs.Skip(1).FirstOrDefault(shape => shape.Length == output.Length);
            return weight is null ? null : 2 * elements * weight.Skip(1).Aggregate(1.0, (product, side) => product * side);
        }

        return inputs.FirstOrDefault() is [_, .., var inner] ? 2 * elements * inner : null;
    }

    private static long[][] Shapes(JsonElement arguments, string key) =>
        arguments.TryGetProperty(key, out JsonElement list)
            ?
            [
                .. list.EnumerateArray()
                    .SelectMany(entry => entry.EnumerateObject())
                    .Select(entry => entry.Value.EnumerateArray().Select(side => side.GetInt64()).ToArray()),
            ]
            : [];
}
