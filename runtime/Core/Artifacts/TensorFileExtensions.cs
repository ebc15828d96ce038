using System.Runtime.InteropServices;

namespace CxrOnnx.Core.Artifacts;

/// <summary>Typed reading of tensors from any <see cref="ITensorFile"/>.</summary>
public static class TensorFileExtensions
{
    /// <summary>Name, type and shape of one tensor.</summary>
    /// <exception cref="ArtifactException">There is no such tensor.</exception>
    public static TensorInfo InfoOf(this ITensorFile file, string name) =>
        file.Tensors.TryGetValue(name, out TensorInfo? info) ? info : throw new ArtifactException($"{file.Source}: has no tensor '{name}'");

    /// <summary>Copies one tensor's bytes, row-major and little-endian.</summary>
    /// <exception cref="ArtifactException">
    /// There is no such tensor, the file is damaged, or the tensor is larger than an array can be.
    /// </exception>
    public static byte[] ReadBytes(this ITensorFile file, string name)
    {
        TensorInfo info = file.InfoOf(name);
        byte[] bytes = new byte[ArrayLength(file, info, info.ByteCount)];
        file.Read(name, bytes);
        return bytes;
    }

    /// <summary>One tensor as float32, row-major; half, bfloat16, double, integer and boolean tensors are converted.</summary>
    /// <exception cref="ArtifactException">
    /// There is no such tensor, the file is damaged, or the tensor is larger than an array can be.
    /// </exception>
    public static float[] ReadFloat32(this ITensorFile file, string name)
    {
        TensorInfo info = file.InfoOf(name);
        float[] values = new float[ArrayLength(file, info, info.ElementCount)];
        file.ReadFloat32(name, values);
        return values;
    }

    /// <summary>One tensor as float32, row-major, into the caller's memory; other types are converted.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Exactly <see cref="TensorInfo.ElementCount"/> elements.</param>
    /// <exception cref="ArtifactException">There is no such tensor or the file is damaged.</exception>
    public static void ReadFloat32(this ITensorFile file, string name, Span<float> destination)
    {
        TensorInfo info = file.InfoOf(name);
        if (destination.Length != info.ElementCount)
        {
            throw new ArgumentException(
                $"tensor '{name}' has {info.ElementCount} elements, the buffer {destination.Length}",
                nameof(destination)
            );
        }

        if (info.DataType == TensorDataType.F32)
        {
            file.Read(name, MemoryMarshal.AsBytes(destination));
            return;
        }

        byte[] bytes = file.ReadBytes(name);
        switch (info.DataType)
        {
            case TensorDataType.F16:
                ConvertTo<Half, float>(bytes, destination, value => (float)value);
                break;
            case TensorDataType.BF16:
                ConvertTo<ushort, float>(bytes, destination, value => BitConverter.UInt32BitsToSingle((uint)value << 16));
                break;
            case TensorDataType.F64:
                ConvertTo<double, float>(bytes, destination, value => (float)value);
                break;
            case TensorDataType.I64:
                ConvertTo<long, float>(bytes, destination, value => value);
                break;
            case TensorDataType.I32:
                ConvertTo<int, float>(bytes, destination, value => value);
                break;
            case TensorDataType.I16:
                ConvertTo<short, float>(bytes, destination, value => value);
                break;
            case TensorDataType.I8:
                ConvertTo<sbyte, float>(bytes, destination, value => value);
                break;
            default:
                ConvertTo<byte, float>(bytes, destination, value => value);
                break;
        }
    }

    /// <summary>One integer or boolean tensor as int64, row-major.</summary>
    /// <exception cref="ArtifactException">There is no such tensor, it holds floating-point numbers, or the file is damaged.</exception>
    public static long[] ReadInt64(this ITensorFile file, string name)
    {
        TensorInfo info = file.InfoOf(name);
        byte[] bytes = file.ReadBytes(name);
        long[] values = new long[info.ElementCount];
        switch (info.DataType)
        {
            case TensorDataType.I64:
                MemoryMarshal.Cast<byte, long>(bytes).CopyTo(values);
                break;
            case TensorDataType.I32:
                ConvertTo<int, long>(bytes, values, value => value);
                break;
            case TensorDataType.I16:
                ConvertTo<short, long>(bytes, values, value => value);
                break;
            case TensorDataType.I8:
                ConvertTo<sbyte, long>(bytes, values, value => value);
                break;
            case TensorDataType.U8 or TensorDataType.BOOL:
                ConvertTo<byte, long>(bytes, values, value => value);
                break;
            default:
                throw new ArtifactException($"{file.Source}: tensor '{name}' is {info.DataType}, integers were expected");
        }

        return values;
    }

    private static void ConvertTo<TFrom, TTo>(byte[] bytes, Span<TTo> destination, Func<TFrom, TTo> convert)
        where TFrom : struct
    {
        ReadOnlySpan<TFrom> values = MemoryMarshal.Cast<byte, TFrom>(bytes);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = convert(values[i]);
        }
    }

    private static int ArrayLength(ITensorFile file, TensorInfo info, long length) =>
        length <= Array.MaxLength
            ? (int)length
            : throw new ArtifactException(
                $"{file.Source}: tensor '{info.Name}' {info.DataType} {info.ShapeText} is too large to be read at once"
            );
}
