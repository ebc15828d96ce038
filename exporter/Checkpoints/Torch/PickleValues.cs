namespace CxrOnnx.Checkpoints.Torch;

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(IReadOnlyList<object?> Items);

/// <summary>A Python dictionary: pairs in order of insertion; of equal keys the last one counts.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Pairs { get; } = [];

    public void Set(object? key, object? value) => Pairs.Add(KeyValuePair.Create(key, value));

    /// <summary>The entries whose keys are text, in order of first insertion.</summary>
    public OrderedDictionary<string, object?> TextEntries()
    {
        OrderedDictionary<string, object?> entries = [];
        foreach ((object? key, object? value) in Pairs)
        {
            if (key is string name)
            {
                entries[name] = value;
            }
        }

        return entries;
    }
}

/// <summary>A name that a pickle may refer to, and what calling it gives. Nothing outside this library is ever called.</summary>
/// <param name="Name">Module and name as Python writes them.</param>
/// <param name="Call">Carries out a call with these arguments.</param>
internal sealed record PickleCallable(string Name, Func<PickleTuple, object?> Call);

/// <summary>A value that is understood well enough to be ignored safely (a device, a data type, a NumPy scalar).</summary>
internal sealed record PickleOpaque(string Name);
