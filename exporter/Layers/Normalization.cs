using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Group and layer normalisation.</summary>
internal static class Normalization
{
    /// <summary>Added to the variance by group normalisation.</summary>
    public const float GroupEpsilon = 1e-6f;

    private const float LayerEpsilon = 1e-5f;

    /// <summary>
    /// Group normalisation (epsilon 1e-6). Opset 17 has no operator for it: each group becomes one channel of an instance normalisation,
    /// and the scale and bias per channel follow.
    /// </summary>
    /// <param name="module">The module that holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="groups">Number of groups; divides C.</param>
    public static Value Group(Module module, Value x, int groups)
    {
        float[] ones = new float[groups];
        Array.Fill(ones, 1f);
        Value unitScale = module.Graph.Constant(FormattableString.Invariant($"const/ones_{groups}"), ones, groups);
        Value noBias = module.Graph.Constant(FormattableString.Invariant($"const/zeros_{groups}"), new float[groups], groups);
        Value normalized = module.Node(
            "InstanceNormalization",
            [module.Reshape(x, 0, groups, -1), unitScale, noBias],
            NodeAttribute.Float("epsilon", GroupEpsilon)
        );
        Value restored = module.Node("Reshape", [normalized, module.Node("Shape", [x])]);
        return module.Add(
            module.Multiply(restored, module.Weight("weight", WeightLayout.PerChannel)),
            module.Weight("bias", WeightLayout.PerChannel)
        );
    }

    /// <summary>Layer normalisation over the last dimension (epsilon 1e-5).</summary>
    public static Value Layer(Module module, Value x) =>
        module.Node(
            "LayerNormalization",
            [x, module.Dialect.Weight(module, "weight"), module.Dialect.Weight(module, "bias")],
            NodeAttribute.Int("axis", -1),
            NodeAttribute.Float("epsilon", LayerEpsilon)
        );
}
