using CxrOnnx.Core.Artifacts;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>A named tensor at the border of a graph: float32 or int64, row-major.</summary>
public sealed class GraphTensor
{
    private GraphTensor(string name, long[] shape, float[]? floats, long[]? integers)
    {
        long count = shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
        int length = floats?.Length ?? integers!.Length;
        if (count != length)
        {
            throw new ArgumentException(
                $"tensor {name} has {length} values, shape [{string.Join(", ", shape)}] has {count}",
                nameof(shape)
            );
        }

        Name = name;
        Shape = shape;
        Floats = floats;
        Integers = integers;
    }

    /// <summary>Name of the graph's input or output.</summary>
    public string Name { get; }

    /// <summary>Dimensions, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The values of a float32 tensor; null for int64.</summary>
    public float[]? Floats { get; }

    /// <summary>The values of an int64 tensor; null for float32.</summary>
    public long[]? Integers { get; }

    /// <summary>Element type as the manifest writes it: <c>float32</c> or <c>int64</c>.</summary>
    public string DataType => Floats is null ? "int64" : "float32";

    /// <summary>A float32 tensor; the array is not copied.</summary>
    /// <exception cref="ArgumentException">Shape and length differ.</exception>
    public static GraphTensor Float32(string name, float[] values, params long[] shape) => new(name, shape, values, null);

    /// <summary>An int64 tensor; the array is not copied.</summary>
    /// <exception cref="ArgumentException">Shape and length differ.</exception>
    public static GraphTensor Int64(string name, long[] values, params long[] shape) => new(name, shape, null, values);

    /// <summary>Reads a tensor from a file: integers as int64, everything else as float32.</summary>
    /// <exception cref="ArtifactException">There is no such tensor, or the file is damaged.</exception>
    public static GraphTensor Read(ITensorFile file, string key, string name)
    {
        TensorInfo info = file.Tensors[key];
        long[] shape = [.. info.Shape];
        return info.DataType is TensorDataType.I64 or TensorDataType.I32
            ? Int64(name, file.ReadInt64(key), shape)
            : Float32(name, file.ReadFloat32(key), shape);
    }

    /// <summary>
    /// A value over this tensor's memory; writing to one changes the other. To be disposed before the array may be collected.
    /// </summary>
    internal OrtValue ToOrtValue() =>
        Floats is not null
            ? OrtValue.CreateTensorValueFromMemory(Floats, [.. Shape])
            : OrtValue.CreateTensorValueFromMemory(Integers!, [.. Shape]);
}
