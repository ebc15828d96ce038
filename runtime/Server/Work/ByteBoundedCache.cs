using System.Diagnostics.CodeAnalysis;

namespace CxrOnnx.Server.Work;

/// <summary>Keeps what was used last, as long as the sum of the sizes stays below a bound. Thread-safe.</summary>
internal sealed class ByteBoundedCache<TKey, TValue>
    where TKey : notnull
{
    private readonly object _gate = new();
    private readonly long _maxBytes;
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _order = [];
    private long _bytes;

    public ByteBoundedCache(long maxBytes) => _maxBytes = maxBytes;

    /// <summary>Told about every entry that had to go.</summary>
    public Action? Evicted { get; init; }

    /// <summary>Sum of the sizes.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Number of entries.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Whether an entry is kept; it does not count as used.</summary>
    public bool Contains(TKey key)
    {
        lock (_gate)
        {
            return _entries.ContainsKey(key);
        }
    }

    /// <summary>Looks an entry up; it becomes the most recently used one.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                value = default;
                return false;
            }

            _order.Remove(node);
            _order.AddFirst(node);
            value = node.Value.Value;
            return true;
        }
    }

    /// <summary>
    /// Adds or replaces an entry and drops the least recently used ones until all fit; what is larger than the bound is not kept at all.
    /// </summary>
    /// <param name="key">Key.</param>
    /// <param name="value">Value. Dropped values are left to the garbage collector: somebody may be using them.</param>
    /// <param name="size">Bytes.</param>
    /// <returns>Whether it was kept.</returns>
    public bool Set(TKey key, TValue value, long size)
    {
        lock (_gate)
        {
            if (_entries.Remove(key, out LinkedListNode<Entry>? old))
            {
                Drop(old);
            }

            if (size > _maxBytes)
            {
                return false;
            }

            while (_bytes + size > _maxBytes)
            {
                LinkedListNode<Entry> last = _order.Last!;
                _entries.Remove(last.Value.Key);
                Drop(last);
                Evicted?.Invoke();
            }

            _entries.Add(key, _order.AddFirst(new Entry(key, value, size)));
            _bytes += size;
            return true;
        }
    }

    /// <summary>Removes an entry.</summary>
    public bool Remove(TKey key)
    {
        lock (_gate)
        {
            if (!_entries.Remove(key, out LinkedListNode<Entry>? node))
            {
                return false;
            }

            Drop(node);
            return true;
        }
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        _order.Remove(node);
        _bytes -= node.Value.Size;
    }

    private sealed record Entry(TKey Key, TValue Value, long Size);
}
