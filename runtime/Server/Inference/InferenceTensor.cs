using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Problems;

namespace CxrOnnx.Server.Inference;

/// <summary>A tensor of a request or response: numbers as a <see cref="GraphTensor"/>, or texts.</summary>
internal sealed record InferenceTensor(string Name, IReadOnlyList<long> Shape, GraphTensor? Numbers, IReadOnlyList<string>? Texts)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The protocol's data type.</summary>
    public string DataType =>
        Texts is not null ? "BYTES"
        : Numbers!.Floats is not null ? "FP32"
        : "INT64";

    /// <summary>Wraps numbers.</summary>
    public static InferenceTensor Of(GraphTensor tensor) => new(tensor.Name, tensor.Shape, tensor, null);

    /// <summary>A tensor from its binary form: little-endian, row-major; texts each after their length as uint32.</summary>
    /// <exception cref="ProblemException">400: the size does not fit the shape, or a text is not UTF-8.</exception>
    public static InferenceTensor FromBytes(string name, string dataType, long[] shape, ReadOnlySpan<byte> bytes)
    {
        long count = Count(shape);
        switch (dataType)
        {
            case "FP32":
                CheckLength(name, bytes.Length, count * sizeof(float));
                return Of(GraphTensor.Float32(name, MemoryMarshal.Cast<byte, float>(bytes).ToArray(), shape));
            case "INT64":
                CheckLength(name, bytes.Length, count * sizeof(long));
                return Of(GraphTensor.Int64(name, MemoryMarshal.Cast<byte, long>(bytes).ToArray(), shape));
            default:
                List<string> texts = [];
                while (bytes.Length > 0)
                {
                    if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length && length > bytes.Length - 4)
                    {
                        throw ProblemException.BadRequest("tensor", $"input {name}: an element's length leaves its binary data");
                    }

                    texts.Add(Text(name, bytes.Slice(4, (int)length)));
                    bytes = bytes[(4 + (int)length)..];
                }

                return texts.Count == count
                    ? new InferenceTensor(name, shape, null, texts)
                    : throw ProblemException.BadRequest("tensor", $"input {name}: {texts.Count} elements, its shape has {count}");
        }
    }

    /// <summary>The binary form, as <see cref="FromBytes"/> reads it.</summary>
    public ReadOnlyMemory<byte> ToBytes() =>
        Texts is not null ? TextBytes(Texts)
        : Numbers!.Floats is { } floats ? MemoryMarshal.AsBytes<float>(floats).ToArray()
        : MemoryMarshal.AsBytes<long>(Numbers.Integers!).ToArray();

    private static byte[] TextBytes(IReadOnlyList<string> texts)
    {
        using MemoryStream stream = new();
        Span<byte> length = stackalloc byte[4];
        foreach (string text in texts)
        {
            byte[] bytes = StrictUtf8.GetBytes(text);
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)bytes.Length);
            stream.Write(length);
            stream.Write(bytes);
        }

        return stream.ToArray();
    }

    /// <summary>Elements of a shape that was checked against the limits.</summary>
    public static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    private static string Text(string name, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw ProblemException.BadRequest("utf-8", $"input {name}: an element is not valid UTF-8");
        }
    }

    private static void CheckLength(string name, long got, long wanted)
    {
        if (got != wanted)
        {
            throw ProblemException.BadRequest("tensor", $"input {name}: {got} bytes of binary data, its shape and type need {wanted}");
        }
    }
}
