using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>
/// Two-dimensional convolutions with bias. MONAI wraps them, so the weights are at <c>conv.weight</c> and <c>conv.bias</c>.
/// </summary>
internal static class Convolution
{
    /// <summary>3x3, stride 1, same size.</summary>
    public static Value Same3x3(Module module, Value x) => module.Dialect.Convolution(module, x, ConvolutionForm.Same3x3);

    /// <summary>1x1.</summary>
    public static Value Pointwise(Module module, Value x) => module.Dialect.Convolution(module, x, ConvolutionForm.Pointwise);
}
