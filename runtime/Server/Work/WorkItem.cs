using System.Diagnostics;

namespace CxrOnnx.Server.Work;

/// <summary>Something that waits for a worker.</summary>
internal abstract class WorkItem
{
    private readonly long _created = Stopwatch.GetTimestamp();

    /// <summary>Fires when the client left or the deadline passed.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Time since it began to wait.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_created);

    /// <summary>Completes it as cancelled.</summary>
    public abstract void Cancel();

    /// <summary>Computes it, and with it what waits and can be computed together. Never throws.</summary>
    /// <param name="queue">What waits.</param>
    /// <param name="worker">Number of the worker that runs it, from 0; decides on the device.</param>
    /// <returns>Items that were computed, at least one.</returns>
    public abstract int Run(WorkQueue queue, int worker);
}
