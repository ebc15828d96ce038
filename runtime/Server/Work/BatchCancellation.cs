namespace CxrOnnx.Server.Work;

/// <summary>
/// Cancels a batch when the last of its requests was cancelled: one client that leaves must not spoil the others' result.
/// </summary>
internal sealed class BatchCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private int _alive;

    /// <summary>Fires when every member's token has fired.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Adds members. The first call must come before any work begins.</summary>
    public void Add(IEnumerable<WorkItem> items)
    {
        WorkItem[] members = [.. items];
        Interlocked.Add(ref _alive, members.Length);
        foreach (WorkItem item in members)
        {
            _registrations.Add(
                item.CancellationToken.Register(() =>
                {
                    // Its client need not wait for the others' result.
                    item.Cancel();
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
