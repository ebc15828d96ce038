using System.Runtime.InteropServices;

namespace CxrOnnx.Core.Artifacts;

/// <summary>What one can say about a tensor without showing it: range, numbers that are none, checksum.</summary>
/// <param name="Info">Name, element type and shape.</param>
/// <param name="Minimum">Smallest element that is not NaN; null if there is none.</param>
/// <param name="Maximum">Largest element that is not NaN; null if there is none.</param>
/// <param name="NanCount">Elements that are NaN.</param>
/// <param name="Sha256">SHA-256 of the row-major little-endian bytes, lower-case hexadecimal.</param>
public sealed record TensorSummary(TensorInfo Info, double? Minimum, double? Maximum, long NanCount, string Sha256)
{
    /// <summary>Reads one tensor and summarises it.</summary>
    /// <exception cref="ArtifactException">There is no such tensor or the file is damaged.</exception>
    public static TensorSummary Of(ITensorFile file, string name)
    {
        TensorInfo info = file.InfoOf(name);
        byte[] bytes = file.ReadBytes(name);
        (double? minimum, double? maximum, long nanCount) = info.DataType switch
        {
            TensorDataType.F32 => Range<float>(bytes, value => value),
            TensorDataType.F64 => Range<double>(bytes, value => value),
            TensorDataType.F16 => Range<Half>(bytes, value => (double)value),
            TensorDataType.BF16 => Range<ushort>(bytes, value => BitConverter.UInt32BitsToSingle((uint)value << 16)),
            TensorDataType.I64 => Range<long>(bytes, value => value),
            TensorDataType.I32 => Range<int>(bytes, value => value),
            TensorDataType.I16 => Range<short>(bytes, value => value),
            TensorDataType.I8 => Range<sbyte>(bytes, value => value),
            _ => Range<byte>(bytes, value => value),
        };
        return new TensorSummary(info, minimum, maximum, nanCount, Artifacts.Sha256.OfBytes(bytes));
    }

    private static (double? Minimum, double? Maximum, long NanCount) Range<T>(byte[] bytes, Func<T, double> convert)
        where T : struct
    {
        double minimum = double.PositiveInfinity;
        double maximum = double.NegativeInfinity;
        long nanCount = 0;
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(bytes);
        foreach (T element in values)
        {
            double value = convert(element);
            if (double.IsNaN(value))
            {
                nanCount++;
                continue;
            }

            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }

        return nanCount == values.Length ? (null, null, nanCount) : (minimum, maximum, nanCount);
    }
}
