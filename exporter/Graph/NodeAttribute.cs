using CxrOnnx.Exporter.Onnx;
using Google.Protobuf;

namespace CxrOnnx.Exporter.Graph;

/// <summary>Builds the attributes of a node.</summary>
internal static class NodeAttribute
{
    /// <summary>A float attribute.</summary>
    public static AttributeProto Float(string name, float value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Float,
            F = value,
        };

    /// <summary>An integer attribute.</summary>
    public static AttributeProto Int(string name, long value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Int,
            I = value,
        };

    /// <summary>A string attribute.</summary>
    public static AttributeProto String(string name, string value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.String,
            S = ByteString.CopyFromUtf8(value),
        };

    /// <summary>A graph, such as the body of a loop.</summary>
    public static AttributeProto Graph(string name, GraphProto value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Graph,
            G = value,
        };

    /// <summary>Those of a convolution.</summary>
    public static AttributeProto[] Convolution(ConvolutionForm form) =>
        [
            Ints("kernel_shape", form.Kernel, form.Kernel),
            Ints("strides", form.Stride, form.Stride),
            Ints("pads", form.PadBefore, form.PadBefore, form.PadAfter, form.PadAfter),
        ];

    /// <summary>A list of integers.</summary>
    public static AttributeProto Ints(string name, params ReadOnlySpan<long> values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (long value in values)
        {
            attribute.Ints.Add(value);
        }

        return attribute;
    }
}
