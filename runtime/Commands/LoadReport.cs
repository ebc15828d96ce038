using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Evaluation.Load;

namespace CxrOnnx.Commands;

/// <summary>A load measurement as text.</summary>
public static class LoadReport
{
    private const string Same = "the same trajectory, byte by byte";
    private const string Different = "trajectories that differ in their last bits (other threads or another machine)";

    /// <summary>Writes the table and what its columns mean.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="output">Where to.</param>
    public static void Write(LoadResult result, CommandOutput output)
    {
        BenchMachine machine = result.Machine;
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{machine.Processor}, {machine.LogicalCores} logical cores, {machine.System}; ONNX Runtime {machine.OnnxRuntime} on "
                    + $"{machine.Provider}, {(machine.Threads > 0 ? machine.Threads : machine.LogicalCores)} threads in the library"
            )
        );
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"bundle {result.BundleId}, preset {result.Preset}, one phrase per request; service and library computed "
                    + $"{(result.SameTrajectory ? Same : Different)}"
            )
        );
        output.Line();
        output.Table(
            [
                "requests",
                "clients",
                "answered",
                "429",
                "1/s",
                "p50 s",
                "p95 s",
                "p99 s",
                "library p50 s",
                "throughput",
                "overhead",
                "processor s",
                "library",
            ],
            [
                .. result.Rows.Select(row =>
                    (IReadOnlyList<string>)
                        [
                            Name(row.Scenario),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Clients}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Answered}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Refused}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.RequestsPerSecond:0.00}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds.P50:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds.P95:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds.P99:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.LibrarySeconds.P50:0.000}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Throughput:0.00}x"),
                            row.Overhead is { } overhead ? string.Create(CultureInfo.InvariantCulture, $"{overhead:0.0 %}") : "",
                            row.ProcessorSeconds is { } processor ? string.Create(CultureInfo.InvariantCulture, $"{processor:0.000}") : "",
                            string.Create(CultureInfo.InvariantCulture, $"{row.LibraryProcessorSeconds:0.000}"),
                        ]
                ),
            ]
        );
        output.Line(
            "throughput: answered per second over what the library does one after the other; overhead: what the service adds to "
                + "decoding and model, within the same request; processor: per request, both sides"
        );
        foreach (LoadRow row in result.Rows.Where(row => row.Failed > 0))
        {
            output.Warning(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Name(row.Scenario)}, {row.Clients} clients: {row.Failed} requests failed, the first with: {row.Failure}"
                )
            );
        }
    }

    private static string Name(LoadScenario scenario) =>
        scenario switch
        {
            LoadScenario.NewImage => "new images",
            LoadScenario.WarmImage => "known images",
            _ => "one known image",
        };
}
