using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Exporter;

/// <summary>A model part's state dict as a bundle's weight file holds it: what its graphs use, laid out as they want it.</summary>
internal sealed class BundleStateDict : ITensorFile
{
    private readonly SafetensorsFile _weights;
    private readonly string _part;

    /// <summary>Views a weight file.</summary>
    /// <param name="weights">The file; not taken over.</param>
    /// <param name="part">Model part: <c>unet</c> or <c>vae</c>.</param>
    /// <param name="shapes">State-dict keys and shapes of the part; keys that the file does not have are left out.</param>
    public BundleStateDict(SafetensorsFile weights, string part, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes)
    {
        _weights = weights;
        _part = part;
        Tensors = shapes
            .Where(entry => weights.Tensors.ContainsKey(Stored(entry.Key)))
            .ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, weights.Tensors[Stored(entry.Key)].DataType, entry.Value));
    }

    /// <inheritdoc/>
    public string Source => _weights.Source;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    /// <inheritdoc/>
    public void Read(string name, Span<byte> destination)
    {
        string stored = Stored(name);
        if (stored.Length == _part.Length + 1 + name.Length)
        {
            // Vectors of channels have two more dimensions there, but the same bytes.
            _weights.Read(stored, destination);
            return;
        }

        TensorInfo info = Tensors[name];
        int rows = (int)info.Shape[0];
        int columns = (int)info.Shape[1];
        int size = info.ElementSize;
        byte[] transposed = new byte[destination.Length];
        _weights.Read(stored, transposed);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                transposed.AsSpan(((column * rows) + row) * size, size).CopyTo(destination[(((row * columns) + column) * size)..]);
            }
        }
    }

    /// <summary>The file is its owner's.</summary>
    public void Dispose() { }

    private string Stored(string key)
    {
        string transposed = $"{_part}.{key}.T";
        return _weights.Tensors.ContainsKey(transposed) ? transposed : $"{_part}.{key}";
    }
}
