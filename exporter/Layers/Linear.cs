using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Linear layers. Their weights are stored transposed, so that no graph transposes at run time.</summary>
internal static class Linear
{
    /// <summary>y = x W^T + b over the last dimension; the bias is optional.</summary>
    /// <param name="module">The module that holds <c>weight</c> and perhaps <c>bias</c>.</param>
    /// <param name="x">[B, T, in].</param>
    /// <returns>[B, T, out].</returns>
    public static Value Add(Module module, Value x)
    {
        Value y = module.Ranges is { } ranges
            ? Quantized.Product(module, x, ranges)
            : module.MatMul(x, module.Dialect.Weight(module, "weight", WeightLayout.Transposed));
        Quantized.Observe(module, x, y, rank: 3);
        return module.Has("bias") ? module.Add(y, module.Dialect.Weight(module, "bias")) : y;
    }

    /// <summary>The same with bias for x of two dimensions.</summary>
    /// <param name="module">The module that holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="x">[B, in].</param>
    /// <returns>[B, out].</returns>
    public static Value AddToRows(Module module, Value x) =>
        module.Node("Gemm", [x, module.Weight("weight", WeightLayout.Transposed), module.Weight("bias")]);
}
