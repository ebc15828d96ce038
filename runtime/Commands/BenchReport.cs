using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Evaluation.Bench;

namespace CxrOnnx.Commands;

/// <summary>Shows what <c>cxr bench</c> measured.</summary>
internal static class BenchReport
{
    private const double Mebibyte = 1 << 20;
    private const int MostOperators = 12;

    public static void Write(BenchResult result, CommandOutput output)
    {
        BenchMachine machine = result.Machine;
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{machine.Processor}, {machine.LogicalCores} logical cores, {machine.System}; ONNX Runtime {machine.OnnxRuntime} on "
                    + $"{machine.Provider}, {(machine.Threads > 0 ? machine.Threads : machine.LogicalCores)} threads, {result.Clock} "
                    + $"time{(result.Deterministic ? ", deterministic" : "")}"
            )
        );
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Bundle.Model} {result.Bundle.Id}, {result.Bundle.Precision}: {result.Bundle.DenoiserGflop:0.###} GFLOP per "
                    + $"U-Net evaluation, {result.Bundle.AttentionGflop:0.###} truncated, of which {result.Bundle.BeforePromptGflop:0.###} "
                    + $"before the prompt comes in"
            )
        );
        output.Line();
        output.Table(
            [
                "preset",
                "phrases",
                "evaluations",
                "on noise",
                "GFLOP",
                "p50 s",
                "p90 s",
                "p99 s",
                "images/s",
                "GFLOP/s",
                "of peak",
                "speed-up",
                "correlation (min)",
            ],
            [
                .. result.Rows.Select(row =>
                    (IReadOnlyList<string>)
                        [
                            row.Preset,
                            string.Create(CultureInfo.InvariantCulture, $"{row.Phrases}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.TrajectoryEvaluations} + {row.AttentionEvaluations}"),
                            OnNoise(row),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Gflop:0.#}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds.P50:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds.P90:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds.P99:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.ImagesPerSecond:0.00}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Gflops:0}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.ShareOfPeak:0 %}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.SpeedUp:0.0}x"),
                            row.CorrelationMean is { } mean
                                ? string.Create(CultureInfo.InvariantCulture, $"{mean:0.0000} ({row.CorrelationMin:0.0000})")
                                : "",
                        ]
                ),
            ]
        );
        output.Line(
            "evaluations: whole U-Net + truncated; on noise: whole ones on noised images, for evidence maps (e; the confidence shares them "
                + "where it asks with the same noise) and for the confidence alone (c); speed-up: against the first preset with as many "
                + "phrases; correlation: with exact, where that is measured too"
        );
        output.Line();
        output.Table(
            ["probe", "GFLOP/s"],
            [
                .. result.PeakGflops.Select(rate =>
                    (IReadOnlyList<string>)[rate.Key, string.Create(CultureInfo.InvariantCulture, $"{rate.Value:0}")]
                ),
            ]
        );
        if (result.Device is { } device)
        {
            output.Line();
            ShowDevice(device, output);
        }

        output.Line();
        BenchMemory memory = result.Memory;
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"load {result.LoadSeconds:0.00} s; resident {memory.BeforeLoad / Mebibyte:0} MiB before, {memory.Loaded / Mebibyte:0} "
                    + $"loaded, {memory.Grounding / Mebibyte:0} grounding ({memory.GroundingOverWeights:0.00} x the "
                    + $"{result.Bundle.WeightBytes / Mebibyte:0} MiB of weights), peak {memory.Peak / Mebibyte:0}"
            )
        );
        foreach (ColdStart cold in result.ColdStarts)
        {
            output.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cold start, {cold.Preset}: {cold.Seconds:0.00} s from process start to end, of which the model "
                        + $"{cold.ModelSeconds:0.00} s and loading {cold.LoadSeconds:0.00} s"
                )
            );
        }

        if (result.Operators is { } operators)
        {
            ShowProfile(operators, result.PeakGflops.Values.Max(), output);
        }
    }

    private static string OnNoise(BenchRow row)
    {
        int confidence = row.SupportEvaluations - row.EvidenceEvaluations;
        return string.Join(
            " + ",
            new[] { (row.EvidenceEvaluations, "e"), (confidence, "c") }
                .Where(part => part.Item1 > 0)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Item1} {part.Item2}"))
        );
    }

    private static void ShowDevice(BenchDevice device, CommandOutput output)
    {
        string whose = device.MemoryOf == "process" ? "this process" : "everybody, more than before loading";
        string memory = device.MemoryBytes is { } bytes
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / Mebibyte:0} MiB of its memory ({whose})")
            : "memory unknown";
        string busy = device.BusyShare is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"busy {share:0 %} of the measured time, by the driver's samples")
            : "busy share unknown";
        string launches = device.Launches is { } count
            ? string.Create(CultureInfo.InvariantCulture, $", {count} operators started in the profiled run")
            : "";
        output.Line($"{device.Name ?? "GPU of unknown name"}, driver {device.Driver ?? "unknown"}: {memory}; {busy}{launches}");
        foreach ((string name, double rate) in device.PeakGflops ?? new Dictionary<string, double>())
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"  peak of {name}: {rate / 1000:0.0} TFLOP/s"));
        }

        foreach ((string graph, string reason) in device.Unrecorded)
        {
            output.Line($"  not recorded as a CUDA graph, so its operators are launched one by one: {graph} ({reason})");
        }

        foreach (string unknown in device.Unknown)
        {
            output.Line($"  unknown: {unknown}");
        }
    }

    private static void ShowProfile(IReadOnlyList<OperatorTime> operators, double peak, CommandOutput output)
    {
        output.Line();
        output.Table(
            ["graph", "operator", "calls", "seconds", "share", "GFLOP", "GFLOP/s", "of peak"],
            [
                .. operators
                    .Take(MostOperators)
                    .Select(entry =>
                        (IReadOnlyList<string>)
                            [
                                entry.Graph,
                                entry.Operator,
                                string.Create(CultureInfo.InvariantCulture, $"{entry.Calls}"),
                                string.Create(CultureInfo.InvariantCulture, $"{entry.Seconds:0.000}"),
                                string.Create(CultureInfo.InvariantCulture, $"{entry.Share:0.0 %}"),
                                entry.Gflop is { } gflop ? string.Create(CultureInfo.InvariantCulture, $"{gflop:0.0}") : "",
                                entry.Gflops is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate:0}") : "",
                                entry.Gflops is { } achieved ? string.Create(CultureInfo.InvariantCulture, $"{achieved / peak:0 %}") : "",
                            ]
                    ),
            ]
        );
        double rest = operators.Skip(MostOperators).Sum(entry => entry.Share);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"all other operators: {rest:0.0 %}"));
    }
}
