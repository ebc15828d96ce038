using System.Runtime.InteropServices;

namespace CxrOnnx.Core.Artifacts;

/// <summary>A tensor to be written: what it is, and a way to produce its bytes when the writer gets to it.</summary>
public sealed class TensorPayload
{
    private readonly Action<Stream> _write;

    private TensorPayload(TensorInfo info, Action<Stream> write)
    {
        Info = info;
        _write = write;
    }

    /// <summary>Name, element type and shape.</summary>
    public TensorInfo Info { get; }

    /// <summary>A float32 tensor from memory.</summary>
    /// <param name="name">State-dict key.</param>
    /// <param name="shape">Dimensions, outermost first.</param>
    /// <param name="data">Elements, row-major; read when the file is written.</param>
    public static TensorPayload Float32(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> data) =>
        OfMemory(new TensorInfo(name, TensorDataType.F32, shape), data);

    /// <summary>An int64 tensor from memory.</summary>
    /// <param name="name">State-dict key.</param>
    /// <param name="shape">Dimensions, outermost first.</param>
    /// <param name="data">Elements, row-major; read when the file is written.</param>
    public static TensorPayload Int64(string name, IReadOnlyList<long> shape, ReadOnlyMemory<long> data) =>
        OfMemory(new TensorInfo(name, TensorDataType.I64, shape), data);

    /// <summary>A tensor of any type from its bytes, row-major and little-endian.</summary>
    public static TensorPayload Bytes(TensorInfo info, ReadOnlyMemory<byte> data) => OfMemory(info, data);

    /// <summary>A tensor whose bytes (exactly <see cref="TensorInfo.ByteCount"/>) are produced when the file is written.</summary>
    public static TensorPayload Stream(TensorInfo info, Action<Stream> write) => new(info, write);

    /// <summary>A tensor of another file, read when this one is written; only one tensor is in memory at a time.</summary>
    /// <param name="file">Must stay open until the writer is done.</param>
    /// <param name="name">Tensor in <paramref name="file"/>.</param>
    /// <param name="newName">Name in the new file; the same if null.</param>
    /// <exception cref="ArtifactException">There is no such tensor.</exception>
    public static TensorPayload Copy(ITensorFile file, string name, string? newName = null)
    {
        TensorInfo info = file.InfoOf(name);
        return new TensorPayload(info with { Name = newName ?? name }, stream => stream.Write(file.ReadBytes(name)));
    }

    /// <summary>Writes the bytes, row-major and little-endian.</summary>
    public void WriteTo(Stream stream) => _write(stream);

    private static TensorPayload OfMemory<T>(TensorInfo info, ReadOnlyMemory<T> data)
        where T : unmanaged
    {
        long byteCount = (long)data.Length * Marshal.SizeOf<T>();
        if (byteCount != info.ByteCount)
        {
            throw new ArgumentException(
                $"tensor '{info.Name}' {info.DataType} {info.ShapeText} needs {info.ByteCount} bytes, {byteCount} were given",
                nameof(data)
            );
        }

        return new TensorPayload(info, stream => WriteInPieces(stream, data.Span));
    }

    // A span of bytes holds at most 2 GiB, a span of floats up to 8 GiB.
    private static void WriteInPieces<T>(Stream stream, ReadOnlySpan<T> data)
        where T : unmanaged
    {
        const int Piece = 1 << 20;
        for (int start = 0; start < data.Length; start += Piece)
        {
            stream.Write(MemoryMarshal.AsBytes(data[start..Math.Min(data.Length, start + Piece)]));
        }
    }
}
