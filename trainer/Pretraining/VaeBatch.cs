using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>What one step of the autoencoder's training looks at.</summary>
/// <param name="Images">float32 [B, 1, H, W] in [0,1] on the CPU; owned by this object.</param>
/// <param name="Noise">Standard normal, float32 [B, Cz, H/f, W/f]; owned by this object.</param>
internal sealed record VaeBatch(Tensor Images, Tensor Noise) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Noise.Dispose();
    }
}
