using System.Runtime.InteropServices;
using System.Text;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// Writes a chain of equal operators with one weight as an ONNX model, byte by byte: the runtime has no exporter, and this is all a probe
/// needs. Field numbers are those of the published ONNX format, opset 17.
/// </summary>
internal static class ProbeModel
{
    private const int Float = 1;
    private const int Float16 = 10;

    /// <summary>A chain of 3x3 convolutions, same size, that keep the number of channels.</summary>
    public static byte[] Convolutions(int channels, int side, int count, bool half = false) =>
        Chain(
            "Conv",
            half,
            count,
            [1, channels, side, side],
            [channels, channels, 3, 3],
            Integers("kernel_shape", 3, 3),
            Integers("pads", 1, 1, 1, 1)
        );

    /// <summary>A chain of products with a square matrix.</summary>
    public static byte[] Products(int rows, int width, int count, bool half = false) =>
        Chain("MatMul", half, count, [rows, width], [width, width]);

    private static byte[] Chain(string operation, bool half, int count, int[] shape, int[] weightShape, params byte[][] attributes)
    {
        List<byte> graph = [];
        for (int i = 0; i < count; i++)
        {
            List<byte> node = [];
            Text(node, 1, i == 0 ? "x" : $"h{i}");
            Text(node, 1, "w");
            Text(node, 2, i == count - 1 ? "y" : $"h{i + 1}");
            Text(node, 4, operation);
            foreach (byte[] attribute in attributes)
            {
                Message(node, 5, attribute);
            }

            Message(graph, 1, node);
        }

        Text(graph, 2, "probe");
        Message(graph, 5, Weight(weightShape, half));
        Message(graph, 11, Border("x", shape, half));
        Message(graph, 12, Border("y", shape, half));
        List<byte> opset = [];
        Text(opset, 1, "");
        Number(opset, 2, 17);
        List<byte> model = [];
        Number(model, 1, 8);
        Message(model, 8, opset);
        Message(model, 7, graph);
        return [.. model];
    }

    /// <summary>Small values of both signs, so that a chain neither overflows nor underflows into denormal numbers.</summary>
    private static List<byte> Weight(int[] shape, bool half)
    {
        float[] values = new float[shape.Aggregate(1, (product, side) => product * side)];
        double scale = Math.Sqrt(3.0 * shape[0] / values.Length);
        Random random = new(1);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(scale * ((2 * random.NextDouble()) - 1));
        }

        List<byte> tensor = [];
        foreach (int side in shape)
        {
            Number(tensor, 1, side);
        }

        Number(tensor, 2, half ? Float16 : Float);
        Text(tensor, 8, "w");
        Message(
            tensor,
            9,
            half
                ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, value => (Half)value)).ToArray()
                : MemoryMarshal.AsBytes<float>(values).ToArray()
        );
        return tensor;
    }

    private static List<byte> Border(string name, int[] shape, bool half)
    {
        List<byte> dimensions = [];
        foreach (int side in shape)
        {
            List<byte> dimension = [];
            Number(dimension, 1, side);
            Message(dimensions, 1, dimension);
        }

        List<byte> tensor = [];
        Number(tensor, 1, half ? Float16 : Float);
        Message(tensor, 2, dimensions);
        List<byte> type = [];
        Message(type, 1, tensor);
        List<byte> border = [];
        Text(border, 1, name);
        Message(border, 2, type);
        return border;
    }

    private static byte[] Integers(string name, params int[] values)
    {
        const int ListOfIntegers = 7;
        List<byte> attribute = [];
        Text(attribute, 1, name);
        foreach (int value in values)
        {
            Number(attribute, 8, value);
        }

        Number(attribute, 20, ListOfIntegers);
        return [.. attribute];
    }

    private static void Text(List<byte> target, int field, string text) => Message(target, field, Encoding.UTF8.GetBytes(text));

    private static void Message(List<byte> target, int field, IReadOnlyCollection<byte> content)
    {
        Variable(target, (ulong)((field << 3) | 2));
        Variable(target, (ulong)content.Count);
        target.AddRange(content);
    }

    private static void Number(List<byte> target, int field, long value)
    {
        Variable(target, (ulong)(field << 3));
        Variable(target, (ulong)value);
    }

    private static void Variable(List<byte> target, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            target.Add((byte)(value | 0x80));
        }

        target.Add((byte)value);
    }
}
