namespace CxrOnnx.Core.Artifacts;

/// <summary>Name, element type and shape of one tensor in a file.</summary>
/// <param name="Name">State-dict key.</param>
/// <param name="DataType">Element type as stored.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
public sealed record TensorInfo(string Name, TensorDataType DataType, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements (1 for a scalar, 0 if a dimension is 0).</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    /// <summary>Bytes of one element.</summary>
    public int ElementSize =>
        DataType switch
        {
            TensorDataType.BOOL or TensorDataType.U8 or TensorDataType.I8 => 1,
            TensorDataType.I16 or TensorDataType.F16 or TensorDataType.BF16 => 2,
            TensorDataType.I32 or TensorDataType.F32 => 4,
            _ => 8,
        };

    /// <summary>Bytes of the whole tensor, row-major and without gaps.</summary>
    public long ByteCount => checked(ElementCount * ElementSize);

    /// <summary>The shape as it is written in messages, for example <c>[64, 3, 3, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
