using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Sinusoidal features of the time step (cosines first, exponent i / half) followed by <c>time_embed</c>.</summary>
internal static class TimestepEmbedding
{
    private const double MaxPeriod = 10000;

    /// <summary>Embeds the time step and applies the SiLU with which every residual block starts its projection of it.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="timestep">int64 [B].</param>
    /// <param name="channels">Channels of the first level (C0).</param>
    /// <returns>SiLU of the embedding, [B, 4 C0].</returns>
    public static Value Activated(Module unet, Value timestep, int channels)
    {
        Module embed = unet["time_embed"];
        Module features = embed["sinusoid"];
        Value steps = features.Node("Cast", [timestep], NodeAttribute.Int("to", (long)TensorProto.Types.DataType.Float));
        float[] frequencies = Frequencies(channels / 2);
        Value angles = features.Multiply(
            features.Reshape(steps, -1, 1),
            embed.Graph.Constant("const/timestep_frequencies", frequencies, 1, frequencies.Length)
        );
        List<Value> parts = [features.Node("Cos", [angles]), features.Node("Sin", [angles])];
        Value sinusoid = features.Node("Concat", [.. parts], NodeAttribute.Int("axis", -1));
        Value hidden = Activation.Silu(embed["1"], Linear.AddToRows(embed["0"], sinusoid));
        return Activation.Silu(embed["silu"], Linear.AddToRows(embed["2"], hidden));
    }

    // Single precision throughout, in the reference's order of operations: at t = 999 a frequency's last bit moves an angle by 6e-5.
    private static float[] Frequencies(int half)
    {
        float[] frequencies = new float[half];
        float factor = (float)-Math.Log(MaxPeriod);
        for (int i = 0; i < half; i++)
        {
            frequencies[i] = MathF.Exp(factor * i / half);
        }

        return frequencies;
    }
}
