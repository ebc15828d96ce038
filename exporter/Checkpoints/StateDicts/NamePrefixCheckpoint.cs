using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>The tensors of a checkpoint whose names begin alike, under what follows in their names.</summary>
internal sealed class NamePrefixCheckpoint : ICheckpoint
{
    private readonly ITensorFile _file;
    private readonly string _prefix;
    private readonly OrderedDictionary<string, TensorInfo> _tensors = [];

    /// <summary>Creates a view.</summary>
    /// <param name="file">The checkpoint; closed with the view.</param>
    /// <param name="prefix">Beginning of the names, with the dot at its end; may be empty.</param>
    /// <param name="key">The key that this is.</param>
    /// <param name="notes">What was taken and what was not.</param>
    /// <param name="isWanted">Whether a tensor whose name begins so belongs to the view.</param>
    public NamePrefixCheckpoint(ITensorFile file, string prefix, string key, IReadOnlyList<string> notes, Func<string, bool> isWanted)
    {
        _file = file;
        _prefix = prefix;
        Key = key;
        Notes = notes;
        foreach (TensorInfo info in file.Tensors.Values)
        {
            if (
                info.Name.StartsWith(prefix, StringComparison.Ordinal)
                && (prefix.Length == 0 || info.Name.Length > prefix.Length)
                && isWanted(info.Name)
            )
            {
                string name = info.Name[prefix.Length..];
                _tensors.Add(name, info with { Name = name });
            }
        }
    }

    public string Source => _file.Source;

    public string Key { get; }

    public IReadOnlyList<string> Notes { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public void Read(string name, Span<byte> destination) => _file.Read(_prefix + this.InfoOf(name).Name, destination);

    public void Dispose() => _file.Dispose();
}
