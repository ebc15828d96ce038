using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Artifacts;

/// <summary>NumPy's <c>.npy</c> files: heatmaps in and out, so that anybody's tools can read ours and ours theirs.</summary>
public static partial class NpyFile
{
    private const int PreambleLength = 10;
    private const int HeaderAlignment = 64;
    private const int MaxHeaderLength = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Writes float32 values, row-major, format version 1.0.</summary>
    /// <param name="path">Final path.</param>
    /// <param name="data">Elements, row-major.</param>
    /// <param name="shape">Dimensions, outermost first; their product is the length of <paramref name="data"/>.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<float> data, params int[] shape) =>
        Write(path, "<f4", MemoryMarshal.AsBytes(data), data.Length, shape);

    /// <summary>Writes values rounded to float16 (nearest, ties to even), row-major, format version 1.0: half the bytes.</summary>
    /// <param name="path">Final path.</param>
    /// <param name="data">Elements, row-major.</param>
    /// <param name="shape">Dimensions, outermost first; their product is the length of <paramref name="data"/>.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void WriteHalf(string path, ReadOnlySpan<float> data, params int[] shape)
    {
        Half[] rounded = new Half[data.Length];
        for (int i = 0; i < rounded.Length; i++)
        {
            rounded[i] = (Half)data[i];
        }

        Write(path, "<f2", MemoryMarshal.AsBytes<Half>(rounded), rounded.Length, shape);
    }

    private static void Write(string path, string type, ReadOnlySpan<byte> data, int count, int[] shape)
    {
        if (shape.Aggregate(1L, (product, dimension) => product * dimension) != count)
        {
            throw new ArgumentException($"shape [{string.Join(", ", shape)}] does not hold {count} values", nameof(shape));
        }

        string dimensions = shape.Length == 1 ? $"{shape[0]}," : string.Join(", ", shape);
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({dimensions}), }}";
        int total = (PreambleLength + header.Length + 1 + HeaderAlignment - 1) / HeaderAlignment * HeaderAlignment;
        header = header.PadRight(total - PreambleLength - 1) + "\n";
        byte[] bytes = new byte[total + data.Length];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)header.Length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(PreambleLength));
        data.CopyTo(bytes.AsSpan(total));
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Reads an array of float16, float32, float64, bool, or 8- to 64-bit integers as float32, row-major.</summary>
    /// <param name="path">The file; format versions 1, 2 and 3, C or Fortran order, little-endian.</param>
    /// <returns>The values, row-major, and the dimensions, outermost first.</returns>
    /// <exception cref="ArtifactException">The file is missing, damaged, or of another element type.</exception>
    public static (float[] Data, int[] Shape) Read(string path)
    {
        using ArtifactStream file = ArtifactStream.Open(path);
        Layout layout = ReadLayout(file, path);
        return (ReadValues(file, layout), layout.Shape);
    }

    /// <summary>Reads an array's dimensions, and checks that the file has as many bytes as they need, without reading those.</summary>
    /// <param name="path">The file, as for <see cref="Read"/>.</param>
    /// <returns>The dimensions, outermost first.</returns>
    /// <exception cref="ArtifactException">As for <see cref="Read"/>.</exception>
    public static int[] ReadShape(string path)
    {
        using ArtifactStream file = ArtifactStream.Open(path);
        Layout layout = ReadLayout(file, path);
        _ = ElementOf(file, layout);
        return layout.Shape;
    }

    private static Layout ReadLayout(ArtifactStream file, string path)
    {
        byte[] preamble = new byte[(int)Math.Min(12, file.Length)];
        file.ReadExactly(0, preamble);
        if (preamble.Length < 12 || !preamble.AsSpan().StartsWith(Magic) || preamble[6] is < 1 or > 3)
        {
            throw new ArtifactException($"{path}: is not a .npy file of version 1, 2 or 3");
        }

        bool longHeader = preamble[6] > 1;
        int headerStart = longHeader ? 12 : PreambleLength;
        uint headerLength = longHeader
            ? BinaryPrimitives.ReadUInt32LittleEndian(preamble.AsSpan(8))
            : BinaryPrimitives.ReadUInt16LittleEndian(preamble.AsSpan(8));
        if (headerLength > MaxHeaderLength || headerStart + headerLength > file.Length)
        {
            throw new ArtifactException($"{path}: says that its header has {headerLength} bytes; the file is damaged or truncated");
        }

        byte[] headerBytes = new byte[headerLength];
        file.ReadExactly(headerStart, headerBytes);
        string header = Encoding.UTF8.GetString(headerBytes);
        Match match = HeaderPattern().Match(header);
        if (!match.Success)
        {
            throw new ArtifactException($"{path}: the .npy header '{header.Trim()}' is not a plain array of numbers");
        }

        return new Layout(
            headerStart + headerLength,
            match.Groups["descr"].Value,
            ParseShape(path, match.Groups["shape"].Value),
            match.Groups["fortran"].Value == "True"
        );
    }

    private static int[] ParseShape(string path, string text)
    {
        int[] shape =
        [
            .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(part =>
                    int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int dimension)
                        ? dimension
                        : throw new ArtifactException($"{path}: dimension '{part}' is out of range")
                ),
        ];
        long count = 1;
        foreach (int dimension in shape)
        {
            count *= dimension;
            if (count > Array.MaxLength / sizeof(double))
            {
                throw new ArtifactException($"{path}: shape ({text}) is too large to be read at once");
            }
        }

        return shape;
    }

    private static float[] ReadValues(ArtifactStream file, Layout layout)
    {
        (int size, Func<byte[], int, float> convert) = ElementOf(file, layout);
        int count = layout.Count;
        byte[] bytes = new byte[count * size];
        file.ReadExactly(layout.Start, bytes);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = convert(bytes, layout.FortranOrder ? FortranIndex(i, layout.Shape) : i);
        }

        return values;
    }

    /// <summary>Size in bytes and conversion of an element; the file has all of them.</summary>
    private static (int Size, Func<byte[], int, float> Convert) ElementOf(ArtifactStream file, Layout layout)
    {
        (int Size, Func<byte[], int, float> Convert) element = layout.Type switch
        {
            "<f4" => (4, (Func<byte[], int, float>)((bytes, i) => BitConverter.ToSingle(bytes, i * 4))),
            "<f8" => (8, (bytes, i) => (float)BitConverter.ToDouble(bytes, i * 8)),
            "<f2" => (2, (bytes, i) => (float)BitConverter.ToHalf(bytes, i * 2)),
            "|b1" or "|u1" => (1, (bytes, i) => bytes[i]),
            "|i1" => (1, (bytes, i) => (sbyte)bytes[i]),
            "<i2" => (2, (bytes, i) => BitConverter.ToInt16(bytes, i * 2)),
            "<u2" => (2, (bytes, i) => BitConverter.ToUInt16(bytes, i * 2)),
            "<i4" => (4, (bytes, i) => BitConverter.ToInt32(bytes, i * 4)),
            "<u4" => (4, (bytes, i) => BitConverter.ToUInt32(bytes, i * 4)),
            "<i8" => (8, (bytes, i) => BitConverter.ToInt64(bytes, i * 8)),
            _ => throw new ArtifactException($"{file.Source}: element type '{layout.Type}' is not supported; save it as float32 ('<f4')"),
        };
        long needed = (long)layout.Count * element.Size;
        return file.Length - layout.Start == needed
            ? element
            : throw new ArtifactException(
                $"{file.Source}: holds {file.Length - layout.Start} bytes of data, {layout.Type} ({string.Join(", ", layout.Shape)}) needs "
                    + $"{needed}; the file is damaged or truncated"
            );
    }

    /// <summary>Where the element with row-major index <paramref name="index"/> lies in a column-major array.</summary>
    private static int FortranIndex(int index, int[] shape)
    {
        int result = 0;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            int stride = 1;
            for (int before = 0; before < axis; before++)
            {
                stride *= shape[before];
            }

            result += index % shape[axis] * stride;
            index /= shape[axis];
        }

        return result;
    }

    [GeneratedRegex(
        @"^\{\s*'descr':\s*'(?<descr>[^']+)',\s*'fortran_order':\s*(?<fortran>True|False),\s*'shape':\s*\((?<shape>[\d,\s]*)\),?\s*\}\s*$"
    )]
    private static partial Regex HeaderPattern();

    private sealed record Layout(long Start, string Type, int[] Shape, bool FortranOrder)
    {
        public int Count => Shape.Aggregate(1, (product, dimension) => product * dimension);
    }
}
