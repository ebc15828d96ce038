using System.Diagnostics;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// Takes times: wall time, or the processor time of this process. With one thread per operator the latter is the work alone, which is how
/// ratios can be measured on a machine that others use; with several it also counts threads that wait in a loop for their next piece.
/// </summary>
/// <param name="ProcessorTime">Whether processor time is taken.</param>
public readonly record struct BenchClock(bool ProcessorTime)
{
    /// <summary>Seconds that some work took.</summary>
    public double Time(Action work)
    {
        double start = Now();
        work();
        return Now() - start;
    }

    private double Now() =>
        ProcessorTime ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}
