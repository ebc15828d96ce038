namespace CxrOnnx.Server.Work;

/// <summary>
/// What waits, first come first served. Bounded by <see cref="Admission"/>, through which every request goes before its body is read. Thread-safe.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly object gate = new();
    private readonly LinkedList<WorkItem> waiting = [];
    private readonly SemaphoreSlim signal = new(0);

    /// <summary>Items that wait.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Adds an item. If its token fires while it waits, it is taken out and cancelled.</summary>
    public void Add(WorkItem item)
    {
        LinkedListNode<WorkItem> node;
        lock (gate)
            node = waiting.AddLast(item);
        item.CancellationToken.Register(() =>
        {
            if (TryRemove(node))
                item.Cancel();
        });
        signal.Release();
    }

    /// <summary>Waits for the next item and takes it.</summary>
    public async Task<WorkItem> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await signal.WaitAsync(cancellationToken);
            lock (gate)
            {
                // Items that left, or were taken together with another, leave their signal behind.
                if (waiting.First is { } node)
                {
                    waiting.Remove(node);
                    return node.Value;
                }
            }
        }
    }

    /// <summary>Takes every waiting item that is wanted, in order.</summary>
    public List<T> TakeWhere<T>(Func<T, bool> wanted)
        where T : WorkItem
    {
        List<T> taken = [];
        lock (gate)
        {
            for (LinkedListNode<WorkItem>? node = waiting.First; node is not null;)
            {
                LinkedListNode<WorkItem>? next = node.Next;
                if (node.Value is T item && wanted(item))
                {
                    waiting.Remove(node);
                    taken.Add(item);
                }

                node = next;
            }
        }

        return taken;
    }

    public void Dispose() => signal.Dispose();

    private bool TryRemove(LinkedListNode<WorkItem> node)
    {
        lock (gate)
        {
            if (node.List is null)
                return false;
            waiting.Remove(node);
            return true;
        }
    }
}
