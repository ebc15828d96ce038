namespace CxrOnnx.Server.Work;

/// <summary>Cancels a batch when the last of its requests was cancelled: one client that leaves must not spoil the others' result.</summary>
internal sealed class BatchCancellation : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<CancellationTokenRegistration> registrations = [];
    private int alive;

    /// <summary>Fires when every member's token has fired.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Adds members. The first call must come before any work begins.</summary>
    public void Add(IEnumerable<WorkItem> items)
    {
        WorkItem[] members = [.. items];
        Interlocked.Add(ref alive, members.Length);
        foreach (WorkItem item in members)
        {
            registrations.Add(item.CancellationToken.Register(() =>
            {
                // Its client need not wait for the others' result.
                item.Cancel();
                if (Interlocked.Decrement(ref alive) == 0)
                    source.Cancel();
            }));
        }
    }

    public void Dispose()
    {
        // Waits for callbacks that are running, so that none touches the disposed source.
        foreach (CancellationTokenRegistration registration in registrations)
            registration.Dispose();
        source.Dispose();
    }
}
