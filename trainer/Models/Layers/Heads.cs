using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>The two reshapes of multi-head attention.</summary>
internal static class Heads
{
    /// <summary>[B, N, heads * d] -> [B, heads, N, d].</summary>
    public static Tensor Split(Tensor states, int heads) =>
        states.reshape(states.shape[0], states.shape[1], heads, states.shape[2] / heads).transpose(1, 2);

    /// <summary>[B, heads, N, d] -> [B, N, heads * d].</summary>
    public static Tensor Merge(Tensor states) =>
        states.transpose(1, 2).reshape(states.shape[0], states.shape[2], states.shape[1] * states.shape[3]);
}
