namespace CxrOnnx.Evaluation.Bench;

/// <summary>The GPU that a benchmark ran on. What could not be found out is null, and <see cref="Unknown"/> says why.</summary>
/// <param name="Name">Name of the GPU.</param>
/// <param name="Driver">Version of its driver.</param>
/// <param name="PeakGflops">
/// Best rate of convolution and matrix product in fp32, TF32 and fp16, in GFLOP/s, with inputs and results on the GPU.
/// </param>
/// <param name="MemoryBytes">Memory of the GPU after the runs.</param>
/// <param name="MemoryOf"><c>process</c>: what this process holds; <c>device</c>: what everybody holds, more than before loading.</param>
/// <param name="BusyShare">
/// Share of the measured runs in which a kernel ran on the GPU, by its driver's own samples; the rest the GPU waited for the host.
/// </param>
/// <param name="Launches">
/// Operators started in one run of the first preset with the most phrases, as the profile counts them; what a CUDA graph replays is not in
/// it. Null without a profile.
/// </param>
/// <param name="Unrecorded">
/// Graphs whose calls were to be recorded as CUDA graphs and could not be, and what the provider said: they are slower than they need be.
/// </param>
/// <param name="Unknown">Why the figures that are null are not known.</param>
public sealed record BenchDevice(
    string? Name,
    string? Driver,
    IReadOnlyDictionary<string, double>? PeakGflops,
    long? MemoryBytes,
    string? MemoryOf,
    double? BusyShare,
    int? Launches,
    IReadOnlyDictionary<string, string> Unrecorded,
    IReadOnlyList<string> Unknown
);
