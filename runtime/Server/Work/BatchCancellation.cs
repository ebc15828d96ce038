namespace CxrOnnx.Server.Work;

/// <summary>
/// Cancels a batch when the last of its requests was cancelled, or several batches that are computed together when the last of them was:
/// one
/// client that leaves must not spoil the others' result.
/// </summary>
internal sealed class BatchCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private int _alive;

    /// <summary>Fires when every member's token has fired.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Adds requests. The first call must come before any work begins.</summary>
    /// <remarks>The client of one that is cancelled need not wait for the others' result.</remarks>
    public void Add(IEnumerable<WorkItem> items) => Add([.. items.Select(item => (item.CancellationToken, (Action)item.Cancel))]);

    /// <summary>Adds batches. The first call must come before any work begins.</summary>
    public void Add(IEnumerable<BatchCancellation> batches) => Add([.. batches.Select(batch => (batch.Token, (Action)(() => { })))]);

    private void Add((CancellationToken Token, Action Cancelled)[] members)
    {
        Interlocked.Add(ref _alive, members.Length);
        foreach ((CancellationToken token, Action cancelled) in members)
        {
            _registrations.Add(
                token.Register(() =>
                {
                    cancelled();
                    if (Interlocked.Decrement(ref _alive) == 0)
                    {
                        _source.Cancel();
                    }
                })
            );
        }
    }

    public void Dispose()
    {
        // Waits for callbacks that are running, so that none touches the disposed source.
        foreach (CancellationTokenRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }
}
