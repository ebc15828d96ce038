using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// The memory that a provider computes in: values in it stay where they are from call to call. Used by one thread. Values must be disposed
/// before the session that the memory is of.
/// </summary>
internal abstract class SessionMemory : IDisposable
{
    /// <summary>A value without content.</summary>
    /// <param name="dataType">As a manifest writes it: <c>float32</c>, <c>float16</c> or <c>int64</c>.</param>
    /// <param name="shape">Dimensions.</param>
    public OrtValue Allocate(string dataType, params ReadOnlySpan<long> shape) =>
        OrtValue.CreateAllocatedTensorValue(Allocator, ElementType(dataType), shape.ToArray());

    /// <summary>A value with content.</summary>
    public OrtValue Upload(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        OrtValue value = Allocate("float32", shape);
        Write(value, MemoryMarshal.AsBytes(values));
        return value;
    }

    /// <summary>A value with content.</summary>
    public OrtValue Upload(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape)
    {
        OrtValue value = Allocate("int64", shape);
        Write(value, MemoryMarshal.AsBytes(values));
        return value;
    }

    /// <summary>Bytes written into it so far.</summary>
    public long BytesUp { get; private set; }

    /// <summary>Bytes read from it so far.</summary>
    public long BytesDown { get; private set; }

    /// <summary>Overwrites a value; what was queued before is done first.</summary>
    public void Write(OrtValue target, ReadOnlySpan<byte> content)
    {
        CopyUp(target, content);
        BytesUp += content.Length;
    }

    /// <summary>Reads a value; what was queued before is done first.</summary>
    public void Read(OrtValue source, Span<byte> content)
    {
        CopyDown(source, content);
        BytesDown += content.Length;
    }

    /// <summary>Frees what is not a value.</summary>
    public abstract void Dispose();

    /// <summary>Where values come from.</summary>
    protected abstract OrtAllocator Allocator { get; }

    /// <summary>See <see cref="Write"/>.</summary>
    protected abstract void CopyUp(OrtValue target, ReadOnlySpan<byte> content);

    /// <summary>See <see cref="Read"/>.</summary>
    protected abstract void CopyDown(OrtValue source, Span<byte> content);

    private static TensorElementType ElementType(string dataType) =>
        dataType switch
        {
            "float32" => TensorElementType.Float,
            "float16" => TensorElementType.Float16,
            "int64" => TensorElementType.Int64,
            _ => throw new ArgumentOutOfRangeException(nameof(dataType), dataType, "unknown element type"),
        };
}
