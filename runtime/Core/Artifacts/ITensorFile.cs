namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// A file (or a view of one) that holds named tensors: safetensors, a PyTorch checkpoint, or one of those with its names mapped.
/// Tensors are read one at a time, so a large checkpoint never has to be in memory as a whole. Reading is thread-safe.
/// </summary>
public interface ITensorFile : IDisposable
{
    /// <summary>Where the tensors come from, for messages (a file name).</summary>
    string Source { get; }

    /// <summary>Every tensor, by name. Enumerates in file order.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Free-form strings stored with the tensors (safetensors <c>__metadata__</c>); empty where the format has none.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Copies one tensor's bytes, row-major and little-endian, into <paramref name="destination"/>.</summary>
    /// <param name="name">A key of <see cref="Tensors"/>.</param>
    /// <param name="destination">Exactly <see cref="TensorInfo.ByteCount"/> bytes.</param>
    /// <exception cref="ArtifactException">There is no such tensor, or the file is damaged.</exception>
    void Read(string name, Span<byte> destination);
}
