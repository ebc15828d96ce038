using System.Buffers.Binary;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// A safetensors file: eight bytes of little-endian header length, a JSON header, the tensors' bytes. Everything the header says is checked
/// when the file is opened; data is read one tensor at a time. Thread-safe.
/// </summary>
/// <remarks>Filler tensors of <see cref="SafetensorsWriter"/> (<c>__padding__.N</c>) are checked like all others but not listed.</remarks>
public sealed class SafetensorsFile : ITensorFile
{
    /// <summary>The longest header that is read, in bytes (the limit of the reference implementation).</summary>
    public const long LongestHeader = SafetensorsHeader.MaxLength;

    private const int LengthBytes = 8;

    private readonly ArtifactStream _file;
    private readonly OrderedDictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, long> _offsets = [];

    private SafetensorsFile(ArtifactStream file, SafetensorsHeader header, long dataStart)
    {
        _file = file;
        Metadata = header.Metadata;
        foreach (SafetensorsHeader.Entry entry in header.Entries)
        {
            if (!entry.Info.Name.StartsWith(SafetensorsHeader.PaddingPrefix, StringComparison.Ordinal))
            {
                _tensors.Add(entry.Info.Name, entry.Info);
                _offsets.Add(entry.Info.Name, dataStart + entry.Begin);
            }
        }
    }

    /// <inheritdoc/>
    public string Source => _file.Source;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">The file is missing, truncated or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArtifactStream file = ArtifactStream.Open(path);
        try
        {
            if (file.Length < LengthBytes)
            {
                throw new ArtifactException($"{path}: has {file.Length} bytes, a safetensors file has at least {LengthBytes}");
            }

            Span<byte> lengthBytes = stackalloc byte[LengthBytes];
            file.ReadExactly(0, lengthBytes);
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
            if (headerLength > SafetensorsHeader.MaxLength)
            {
                throw new ArtifactException(
                    $"{path}: says that its header has {headerLength} bytes, at most {SafetensorsHeader.MaxLength} are read; it may not "
                        + $"be a safetensors file"
                );
            }

            if ((long)headerLength > file.Length - LengthBytes)
            {
                throw new ArtifactException(
                    $"{path}: says that its header has {headerLength} bytes, but only {file.Length - LengthBytes} follow; the file may "
                        + $"be truncated, copy it again"
                );
            }

            byte[] json = new byte[(int)headerLength];
            file.ReadExactly(LengthBytes, json);
            long dataStart = LengthBytes + (long)headerLength;
            return new SafetensorsFile(file, SafetensorsHeader.Parse(json, file.Length - dataStart, path), dataStart);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where a tensor's bytes begin, counted from the start of the file (what ONNX external data refers to).</summary>
    /// <exception cref="ArtifactException">There is no such tensor.</exception>
    public long OffsetOf(string name) =>
        _offsets.TryGetValue(name, out long offset) ? offset : throw new ArtifactException($"{Source}: has no tensor '{name}'");

    /// <inheritdoc/>
    public void Read(string name, Span<byte> destination)
    {
        TensorInfo info = this.InfoOf(name);
        if (destination.Length != info.ByteCount)
        {
            throw new ArgumentException(
                $"tensor '{name}' has {info.ByteCount} bytes, the buffer {destination.Length}",
                nameof(destination)
            );
        }

        _file.ReadExactly(OffsetOf(name), destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
