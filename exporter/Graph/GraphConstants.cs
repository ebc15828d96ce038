using System.Globalization;
using System.Runtime.InteropServices;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Graph;

/// <summary>Numbers that are kept inside a graph file.</summary>
internal static class GraphConstants
{
    /// <summary>A float constant without dimensions.</summary>
    public static Value Scalar(this GraphBuilder graph, float value) =>
        graph.Constant($"const/float_{value.ToString("R", CultureInfo.InvariantCulture)}", [value], []);

    /// <summary>The same in half precision.</summary>
    public static Value HalfScalar(this GraphBuilder graph, float value)
    {
        Half[] half = [(Half)value];
        return graph.Constant(
            $"const/float16_{value.ToString("R", CultureInfo.InvariantCulture)}",
            TensorProto.Types.DataType.Float16,
            [],
            MemoryMarshal.AsBytes<Half>(half)
        );
    }

    /// <summary>An integer without dimensions, such as an index.</summary>
    public static Value IntegerScalar(this GraphBuilder graph, long value) =>
        graph.Constant(FormattableString.Invariant($"const/int64_scalar_{value}"), [value], []);

    /// <summary>A list of integers, such as a shape or axes.</summary>
    public static Value Integers(this GraphBuilder graph, params ReadOnlySpan<long> values)
    {
        string name = $"const/int64_{string.Join('_', values.ToArray())}";
        return graph.Constant(name, TensorProto.Types.DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values));
    }

    /// <summary>A float constant kept inside the graph file; one name always stands for the same content.</summary>
    public static Value Constant(this GraphBuilder graph, string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        graph.Constant(name, TensorProto.Types.DataType.Float, shape, MemoryMarshal.AsBytes(values));

    /// <summary>A double-precision constant kept inside the graph file; one name always stands for the same content.</summary>
    public static Value Constant(this GraphBuilder graph, string name, ReadOnlySpan<double> values, params ReadOnlySpan<long> shape) =>
        graph.Constant(name, TensorProto.Types.DataType.Double, shape, MemoryMarshal.AsBytes(values));

    /// <summary>An integer constant kept inside the graph file; one name always stands for the same content.</summary>
    public static Value Constant(this GraphBuilder graph, string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        graph.Constant(name, TensorProto.Types.DataType.Int64, shape, MemoryMarshal.AsBytes(values));

    /// <summary>Bytes (uint8) kept inside the graph file; one name always stands for the same content.</summary>
    public static Value Constant(this GraphBuilder graph, string name, ReadOnlySpan<byte> values, params ReadOnlySpan<long> shape) =>
        graph.Constant(name, TensorProto.Types.DataType.Uint8, shape, values);

    /// <summary>As many zeros of a type as a vector has elements.</summary>
    public static Value Zeros(this GraphBuilder graph, TensorProto.Types.DataType dataType, long count)
    {
        int size = dataType == TensorProto.Types.DataType.Int8 ? sizeof(sbyte) : sizeof(int);
        return graph.Constant(
            FormattableString.Invariant($"const/{dataType}_zeros_{count}").ToLowerInvariant(),
            dataType,
            [count],
            new byte[count * size]
        );
    }
}
