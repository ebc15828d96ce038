using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Layers;

/// <summary>
/// Two-dimensional convolutions with bias. MONAI wraps them, so the weights are at <c>conv.weight</c> and <c>conv.bias</c>.
/// </summary>
internal static class Convolution
{
    /// <summary>3x3, stride 1, same size.</summary>
    public static Value Same3x3(Module module, Value x) => Add(module, x, kernel: 3, stride: 1, padBefore: 1, padAfter: 1);

    /// <summary>1x1.</summary>
    public static Value Pointwise(Module module, Value x) => Add(module, x, kernel: 1, stride: 1, padBefore: 0, padAfter: 0);

    /// <summary>A convolution.</summary>
    /// <param name="module">The module that holds <c>conv</c>.</param>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="stride">Stride in both directions.</param>
    /// <param name="padBefore">Zeros added at the top and at the left.</param>
    /// <param name="padAfter">Zeros added at the bottom and at the right.</param>
    public static Value Add(Module module, Value x, int kernel, int stride, int padBefore, int padAfter)
    {
        Module conv = module["conv"];
        AttributeProto[] attributes =
        [
            NodeAttribute.Ints("kernel_shape", kernel, kernel),
            NodeAttribute.Ints("strides", stride, stride),
            NodeAttribute.Ints("pads", padBefore, padBefore, padAfter, padAfter),
        ];
        if (conv.Ranges is { } ranges)
        {
            return Quantized.Convolution(conv, x, ranges, attributes);
        }

        Value y = conv.Node("Conv", [x, conv.Weight("weight"), conv.Weight("bias")], attributes);
        Quantized.Observe(conv, x, y, rank: 4);
        return y;
    }
}
