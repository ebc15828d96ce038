using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>The part of the training loss that makes cross-attention look at a caption's own tokens (see <see cref="DiffusionTrainingSettings.OwnTokenShare"/>).</summary>
public static class OwnTokenAttention
{
    /// <summary>How much attention the own tokens lack: max(0, share - s), where s is their share averaged over the positions of a layer.</summary>
    /// <param name="attention">Softmax probabilities by layer, float [B, Q, S].</param>
    /// <param name="ownTokens">1 at a caption's own tokens, float32 [B, S]; a row of zeros (the empty caption) lacks nothing.</param>
    /// <param name="share">The share wanted, in [0, 1].</param>
    /// <returns>float32 [B], the mean over layers, differentiable; owned by the caller.</returns>
    public static Tensor Lack(IReadOnlyDictionary<int, Tensor> attention, Tensor ownTokens, double share)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor captioned = (ownTokens.sum(1) > 0).to(ScalarType.Float32);
        Tensor lack = zeros_like(captioned);
        foreach (Tensor maps in attention.Values)
        {
            Tensor mass = (maps.to(ScalarType.Float32) * ownTokens.unsqueeze(1)).sum(-1).mean([1]);
            lack = lack + (share - mass).clamp_min(0);
        }

        return (lack * captioned / attention.Count).MoveToOuterDisposeScope();
    }
}
