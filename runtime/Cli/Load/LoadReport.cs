using System.Globalization;
using CxrOnnx.Cli.Bench;

namespace CxrOnnx.Cli.Load;

/// <summary>A load measurement as text.</summary>
public static class LoadReport
{
    /// <summary>Writes the table and what its columns mean.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="output">Where to.</param>
    public static void Write(LoadResult result, CommandOutput output)
    {
        BenchMachine machine = result.Machine;
        output.Line(Text($"{machine.Processor}, {machine.LogicalCores} logical cores, {machine.System}; ONNX Runtime {machine.OnnxRuntime} on {machine.Provider}, {(machine.Threads > 0 ? machine.Threads : machine.LogicalCores)} threads in the library"));
        output.Line(Text($"bundle {result.BundleId}, preset {result.Preset}, one phrase per request; service and library computed {(result.SameTrajectory ? "the same trajectory, byte by byte" : "trajectories that differ in their last bits (other threads or another machine)")}"));
        output.Line();
        output.Table(
            ["requests", "clients", "answered", "429", "1/s", "p50 s", "p95 s", "p99 s", "library p50 s", "throughput", "overhead", "processor s", "library"],
            [.. result.Rows.Select(row => (IReadOnlyList<string>)
            [
                Name(row.Scenario),
                Text($"{row.Clients}"),
                Text($"{row.Answered}"),
                Text($"{row.Refused}"),
                Text($"{row.RequestsPerSecond:0.00}"),
                Text($"{row.Seconds.P50:0.000}"),
                Text($"{row.Seconds.P95:0.000}"),
                Text($"{row.Seconds.P99:0.000}"),
                Text($"{row.LibrarySeconds.P50:0.000}"),
                Text($"{row.Throughput:0.00}x"),
                row.Overhead is { } overhead ? Text($"{overhead:0.0 %}") : "",
                row.ProcessorSeconds is { } processor ? Text($"{processor:0.000}") : "",
                Text($"{row.LibraryProcessorSeconds:0.000}"),
            ])]);
        output.Line("throughput: answered per second over what the library does one after the other; overhead: what the service adds to decoding and model, within the same request; processor: per request, both sides");
        foreach (LoadRow row in result.Rows.Where(row => row.Failed > 0))
            output.Warning(Text($"{Name(row.Scenario)}, {row.Clients} clients: {row.Failed} requests failed, the first with: {row.Failure}"));
    }

    private static string Name(LoadScenario scenario) => scenario switch
    {
        LoadScenario.NewImage => "new images",
        LoadScenario.WarmImage => "known images",
        _ => "one known image",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
