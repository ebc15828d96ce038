using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Graph;

/// <summary>How ONNX describes tensors: those of a graph's border, and weights that lie outside the file.</summary>
internal static class TensorDescriptions
{
    /// <summary>An initializer whose elements are in <c>weights.safetensors</c>.</summary>
    public static TensorProto External(StoredWeight weight)
    {
        TensorProto tensor = new()
        {
            Name = weight.Name,
            DataType = (int)ElementType(weight),
            DataLocation = TensorProto.Types.DataLocation.External,
        };
        tensor.Dims.Add(weight.Shape);
        return tensor;
    }

    /// <summary>An input or output of a graph.</summary>
    public static ValueInfoProto Border(BundleTensor tensor)
    {
        TensorShapeProto shape = new();
        foreach (string dimension in tensor.Shape)
        {
            shape.Dim.Add(
                long.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                    ? new TensorShapeProto.Types.Dimension { DimValue = size }
                    : new TensorShapeProto.Types.Dimension { DimParam = dimension }
            );
        }

        TensorProto.Types.DataType type = tensor.DataType switch
        {
            "int64" => TensorProto.Types.DataType.Int64,
            "bool" => TensorProto.Types.DataType.Bool,
            "float16" => TensorProto.Types.DataType.Float16,
            _ => TensorProto.Types.DataType.Float,
        };
        return new ValueInfoProto
        {
            Name = tensor.Name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape },
            },
        };
    }

    private static TensorProto.Types.DataType ElementType(StoredWeight weight) =>
        weight.Encoding.DataType() switch
        {
            TensorDataType.F16 => TensorProto.Types.DataType.Float16,
            TensorDataType.I8 => TensorProto.Types.DataType.Int8,
            TensorDataType.I32 => TensorProto.Types.DataType.Int32,
            _ => TensorProto.Types.DataType.Float,
        };
}
