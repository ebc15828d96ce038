using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>What one step of the denoiser's training looks at.</summary>
/// <param name="Latents">z_0, float32 [B, Cz, h, w] on the CPU; owned by this object.</param>
/// <param name="Noise">Standard normal, same shape; owned by this object.</param>
/// <param name="Captions">B captions.</param>
/// <param name="Timesteps">B time steps.</param>
/// <param name="Neutral">Rows in which only the caption's own tokens keep their states.</param>
internal sealed record DiffusionBatch(Tensor Latents, Tensor Noise, string[] Captions, int[] Timesteps, bool[] Neutral) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Latents.Dispose();
        Noise.Dispose();
    }
}
