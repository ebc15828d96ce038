using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Activation functions, written in the forms that ONNX Runtime recognises and runs as one kernel.</summary>
internal static class Activation
{
    private const float SquareRootOfTwo = 1.4142135f;

    /// <summary>x * sigmoid(x).</summary>
    public static Value Silu(Module module, Value x) => module.Multiply(x, module.Node("Sigmoid", [x]));

    /// <summary>x * sigmoid(1.702 x), OpenAI's approximation of GELU.</summary>
    public static Value QuickGelu(Module module, Value x) =>
        module.Multiply(x, module.Node("Sigmoid", [module.Multiply(x, module.Graph.Scalar(1.702f))]));

    /// <summary>GELU by the error function: x * (1 + erf(x / sqrt 2)) / 2.</summary>
    public static Value Gelu(Module module, Value x)
    {
        Value erf = module.Node("Erf", [module.Node("Div", [x, module.Graph.Scalar(SquareRootOfTwo)])]);
        Value product = module.Multiply(x, module.Add(erf, module.Graph.Scalar(1)));
        return module.Multiply(product, module.Graph.Scalar(0.5f));
    }
}
