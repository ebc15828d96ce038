using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Exporter.Graph;

/// <summary>How a state-dict tensor's values are written into <c>weights.safetensors</c>.</summary>
internal enum WeightEncoding
{
    /// <summary>As float32.</summary>
    Float32,

    /// <summary>Rounded to float16; the graph casts it back.</summary>
    Float16,

    /// <summary>Divided by its row's scale and rounded to int8.</summary>
    Int8,

    /// <summary>The scales of an <see cref="Int8"/> weight, float32, one per row.</summary>
    Int8Scale,

    /// <summary>A bias in units of (scale of the layer's input) x (scale of its weight's row), rounded to int32.</summary>
    Int32,

    /// <summary>Those units, float32, one per row.</summary>
    Int32Scale,
}

/// <summary>Element types of the encodings.</summary>
internal static class WeightEncodingExtensions
{
    /// <summary>The element type in <c>weights.safetensors</c>.</summary>
    public static TensorDataType DataType(this WeightEncoding encoding) =>
        encoding switch
        {
            WeightEncoding.Float16 => TensorDataType.F16,
            WeightEncoding.Int8 => TensorDataType.I8,
            WeightEncoding.Int32 => TensorDataType.I32,
            _ => TensorDataType.F32,
        };

    /// <summary>Whether the stored numbers are parameters of the model (and not scales of such).</summary>
    public static bool IsParameter(this WeightEncoding encoding) => encoding is not (WeightEncoding.Int8Scale or WeightEncoding.Int32Scale);
}
