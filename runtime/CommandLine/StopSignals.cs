using System.Runtime.InteropServices;

namespace CxrOnnx.CommandLine;

/// <summary>
/// Turns Ctrl-C and SIGTERM into a cancelled token. System.CommandLine does so only for work that has given its thread back: a training
/// loop, which never does, would be killed between two checkpoints.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _expired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _patience;
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _timer;
    private int _signals;

    /// <summary>Listens until it is disposed of.</summary>
    /// <param name="patience">
    /// How long the work may go on after the first signal; <see cref="Timeout.InfiniteTimeSpan"/> = until it ends.
    /// </param>
    /// <param name="cancellationToken">Stops the work as a signal does.</param>
    public StopSignals(TimeSpan patience, CancellationToken cancellationToken)
    {
        _patience = patience;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = new Timer(_ => _expired.TrySetResult(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Done when the work has had its time, or a second signal came.</summary>
    public Task Expired => _expired.Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        // The token source stays: work that was given up may still look at its token.
        _timer.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
        {
            _expired.TrySetResult();
            return;
        }

        _timer.Change(_patience, Timeout.InfiniteTimeSpan);
        _stop.Cancel();
    }
}
