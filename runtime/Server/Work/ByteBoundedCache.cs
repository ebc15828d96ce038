using System.Diagnostics.CodeAnalysis;

namespace CxrOnnx.Server.Work;

/// <summary>Keeps what was used last, as long as the sum of the sizes stays below a bound. Thread-safe.</summary>
internal sealed class ByteBoundedCache<TKey, TValue>
    where TKey : notnull
{
    private readonly object gate = new();
    private readonly long maxBytes;
    private readonly Dictionary<TKey, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> order = [];
    private long bytes;

    public ByteBoundedCache(long maxBytes) => this.maxBytes = maxBytes;

    /// <summary>Told about every entry that had to go.</summary>
    public Action? Evicted { get; init; }

    /// <summary>Sum of the sizes.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
                return bytes;
        }
    }

    /// <summary>Number of entries.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return entries.Count;
        }
    }

    /// <summary>Looks an entry up; it becomes the most recently used one.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                value = default;
                return false;
            }

            order.Remove(node);
            order.AddFirst(node);
            value = node.Value.Value;
            return true;
        }
    }

    /// <summary>Adds or replaces an entry and drops the least recently used ones until all fit; what is larger than the bound is not kept at all.</summary>
    /// <param name="key">Key.</param>
    /// <param name="value">Value. Dropped values are left to the garbage collector: somebody may be using them.</param>
    /// <param name="size">Bytes.</param>
    /// <returns>Whether it was kept.</returns>
    public bool Set(TKey key, TValue value, long size)
    {
        lock (gate)
        {
            if (entries.Remove(key, out LinkedListNode<Entry>? old))
                Drop(old);
            if (size > maxBytes)
                return false;
            while (bytes + size > maxBytes)
            {
                LinkedListNode<Entry> last = order.Last!;
                entries.Remove(last.Value.Key);
                Drop(last);
                Evicted?.Invoke();
            }

            entries.Add(key, order.AddFirst(new Entry(key, value, size)));
            bytes += size;
            return true;
        }
    }

    /// <summary>Removes an entry.</summary>
    public bool Remove(TKey key)
    {
        lock (gate)
        {
            if (!entries.Remove(key, out LinkedListNode<Entry>? node))
                return false;
            Drop(node);
            return true;
        }
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        order.Remove(node);
        bytes -= node.Value.Size;
    }

    private sealed record Entry(TKey Key, TValue Value, long Size);
}
