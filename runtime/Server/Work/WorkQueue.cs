namespace CxrOnnx.Server.Work;

/// <summary>
/// What waits, first come first served. Bounded by <see cref="Admission"/>, through which every request goes before its body is read.
/// Thread-safe.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly object _gate = new();
    private readonly LinkedList<WorkItem> _waiting = [];
    private readonly SemaphoreSlim _signal = new(0);

    /// <summary>Items that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Adds an item. If its token fires while it waits, it is taken out and cancelled.</summary>
    public void Add(WorkItem item)
    {
        LinkedListNode<WorkItem> node;
        lock (_gate)
        {
            node = _waiting.AddLast(item);
        }

        item.CancellationToken.Register(() =>
        {
            if (TryRemove(node))
            {
                item.Cancel();
            }
        });
        _signal.Release();
    }

    /// <summary>Waits for the next item and takes it.</summary>
    public async Task<WorkItem> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signal.WaitAsync(cancellationToken);
            lock (_gate)
            {
                // Items that left, or were taken together with another, leave their signal behind.
                if (_waiting.First is { } node)
                {
                    _waiting.Remove(node);
                    return node.Value;
                }
            }
        }
    }

    /// <summary>What waits now, in order; others may take it meanwhile.</summary>
    public IReadOnlyList<WorkItem> Snapshot()
    {
        lock (_gate)
        {
            return [.. _waiting];
        }
    }

    /// <summary>Takes every waiting item that is wanted, in order.</summary>
    public List<T> TakeWhere<T>(Func<T, bool> wanted)
        where T : WorkItem
    {
        List<T> taken = [];
        lock (_gate)
        {
            for (LinkedListNode<WorkItem>? node = _waiting.First; node is not null; )
            {
                LinkedListNode<WorkItem>? next = node.Next;
                if (node.Value is T item && wanted(item))
                {
                    _waiting.Remove(node);
                    taken.Add(item);
                }

                node = next;
            }
        }

        return taken;
    }

    public void Dispose() => _signal.Dispose();

    private bool TryRemove(LinkedListNode<WorkItem> node)
    {
        lock (_gate)
        {
            if (node.List is null)
            {
                return false;
            }

            _waiting.Remove(node);
            return true;
        }
    }
}
