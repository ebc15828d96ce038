using System.Runtime.InteropServices;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>The machine a benchmark ran on.</summary>
public sealed record BenchMachine(
    string Processor,
    int LogicalCores,
    long MemoryBytes,
    string System,
    string DotNet,
    string OnnxRuntime,
    string Provider,
    int Threads
)
{
    /// <summary>This machine.</summary>
    /// <param name="provider">What the graphs run on.</param>
    /// <param name="threads">Threads of an operator; 0 = one per physical core.</param>
    public static BenchMachine Of(ProviderChoice provider, int threads) =>
        new(
            ProcessorName(),
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.RuntimeIdentifier}",
            RuntimeInformation.FrameworkDescription,
            ExecutionProviders.RuntimeVersion,
            provider.Name,
            threads
        );

    private static string ProcessorName()
    {
        const string List = "/proc/cpuinfo";
        string? line = File.Exists(List)
            ? File.ReadLines(List).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
