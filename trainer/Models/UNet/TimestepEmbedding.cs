using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// Sinusoidal features of the diffusion time step (Ho et al. 2020, arXiv:2006.11239), in the order of the reference: cosines first.
/// </summary>
public static class TimestepEmbedding
{
    private const double MaxPeriod = 10000;

    /// <summary>Features of each time step.</summary>
    /// <param name="timesteps">int64 [B]. Read only.</param>
    /// <param name="width">Features per time step; the last one is 0 where it is odd.</param>
    /// <returns>
    /// float32 [B, width] on the same device: cos(t f_i), then sin(t f_i), with f_i = 10000^(-i / half); owned by the caller.
    /// </returns>
    public static Tensor Of(Tensor timesteps, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * Frequencies(width / 2, timesteps.device).unsqueeze(0);
        Tensor features = cat([angles.cos(), angles.sin()], dim: -1);
        return scope.MoveToOuter(width % 2 == 0 ? features : nn.functional.pad(features, (0, 1)));
    }

    // Made on the CPU, so that every device has the same.
    private static Tensor Frequencies(int half, Device device)
    {
        float[] indices = [.. Enumerable.Range(0, half).Select(i => (float)i)];
        return tensor(indices).Times(-Math.Log(MaxPeriod) / half).exp().MoveTo(device);
    }
}
