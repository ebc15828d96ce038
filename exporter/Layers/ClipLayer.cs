using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>One layer of the CLIP text tower: causal self-attention and a feed-forward network, each after a layer norm.</summary>
internal static class ClipLayer
{
    /// <summary>Adds the layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x">[B, S, W].</param>
    /// <param name="causalMask">[S, S]: 0 where a token may look, minus infinity where it may not.</param>
    /// <param name="configuration">Heads, width and activation.</param>
    public static Value Add(Module layer, Value x, Value causalMask, TextEncoderConfiguration configuration)
    {
        Module attention = layer["self_attn"];
        Value normalized = Normalization.Layer(layer["layer_norm1"], x);
        Value attended = Attention
            .Add(
                attention,
                Linear.Add(attention["q_proj"], normalized),
                Linear.Add(attention["k_proj"], normalized),
                Linear.Add(attention["v_proj"], normalized),
                configuration.NumAttentionHeads,
                configuration.HiddenSize / configuration.NumAttentionHeads,
                causalMask
            )
            .Attended;
        x = layer.Add(Linear.Add(attention["out_proj"], attended), x);

        Module feedForward = layer["mlp"];
        Value hidden = Linear.Add(feedForward["fc1"], Normalization.Layer(layer["layer_norm2"], x));
        hidden =
            configuration.HiddenAct == "quick_gelu"
                ? Activation.QuickGelu(feedForward["activation"], hidden)
                : Activation.Gelu(feedForward["activation"], hidden);
        return layer.Add(Linear.Add(feedForward["fc2"], hidden), x);
    }
}
