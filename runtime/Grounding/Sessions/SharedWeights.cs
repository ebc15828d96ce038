using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// A bundle's weight file, mapped into memory once and given to every session as its initializers, so that denoiser and attention
/// graph (which is the denoiser's first half) hold the same bytes. Must outlive the sessions.
/// </summary>
internal sealed unsafe partial class SharedWeights : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, OrtValue> _values = [];
    private bool _disposed;

    public SharedWeights(string path)
    {
        using SafetensorsFile header = SafetensorsFile.Open(path);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += _view.PointerOffset;
        foreach ((string name, TensorInfo info) in header.Tensors)
        {
            if (info.ByteCount == 0 || name.StartsWith("__", StringComparison.Ordinal))
            {
                continue;
            }

            _values.Add(
                name,
                OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance,
                    ElementType(path, info),
                    [.. info.Shape],
                    (nint)(start + header.OffsetOf(name)),
                    info.ByteCount
                )
            );
        }
    }

    /// <summary>Bytes of all weights.</summary>
    public long ByteCount => _view.Capacity;

    /// <summary>Makes the weights whose names start with a prefix the initializers of the session to be created.</summary>
    public void AddTo(SessionOptions options, string prefix)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach ((string name, OrtValue value) in _values)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                options.AddInitializer(name, value);
            }
        }
    }

    /// <summary>
    /// Tells Linux that the mapped pages are not needed for now: what sessions have copied into their own layout is then in memory once,
    /// not twice. A page that is used after all comes back from the file cache. Nothing happens elsewhere.
    /// </summary>
    public void ReleasePages()
    {
        const int DontNeed = 4;
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        ObjectDisposedException.ThrowIf(_disposed, this);
        // A hint: if it is refused, only memory is lost.
        _ = Advise(_view.SafeMemoryMappedViewHandle.DangerousGetHandle(), (nuint)_view.SafeMemoryMappedViewHandle.ByteLength, DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (OrtValue value in _values.Values)
        {
            value.Dispose();
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static TensorElementType ElementType(string path, TensorInfo info) =>
        info.DataType switch
        {
            TensorDataType.F32 => TensorElementType.Float,
            TensorDataType.F16 => TensorElementType.Float16,
            TensorDataType.BF16 => TensorElementType.BFloat16,
            TensorDataType.F64 => TensorElementType.Double,
            TensorDataType.I64 => TensorElementType.Int64,
            TensorDataType.I32 => TensorElementType.Int32,
            TensorDataType.I16 => TensorElementType.Int16,
            TensorDataType.I8 => TensorElementType.Int8,
            TensorDataType.U8 => TensorElementType.UInt8,
            TensorDataType.BOOL => TensorElementType.Bool,
            _ => throw new ArtifactException($"{path}: tensor {info.Name} has element type {info.DataType}, which no graph can use"),
        };
}
