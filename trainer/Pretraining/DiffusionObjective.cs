using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Training;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>Noisy latents and the v-prediction loss.</summary>
/// <remarks>
/// Ho et al. 2020, arXiv:2006.11239, eq. (4) for z_t; Salimans and Ho 2022, arXiv:2202.00512, appendix D for v = sqrt(AlphaBar) eps -
/// sqrt(1 - AlphaBar) z_0.
/// </remarks>
public sealed class DiffusionObjective
{
    private readonly float[] _signal;
    private readonly float[] _noise;

    /// <summary>Prepares the coefficients of a schedule.</summary>
    /// <param name="model">Whose schedule.</param>
    public DiffusionObjective(LatentDiffusionModel model)
    {
        _signal = [.. model.Schedule.AlphasCumprod.ToArray().Select(alphaBar => (float)Math.Sqrt(alphaBar))];
        _noise = [.. model.Schedule.AlphasCumprod.ToArray().Select(alphaBar => (float)Math.Sqrt(1 - alphaBar))];
    }

    /// <summary>The squared error of each sample.</summary>
    /// <param name="model">Model.</param>
    /// <param name="latents">z_0. float32 [B, Cz, h, w] on the model's device, as all tensors here.</param>
    /// <param name="noise">Standard normal, same shape.</param>
    /// <param name="timesteps">B time steps.</param>
    /// <param name="context">float32 [B, S, W].</param>
    /// <param name="precision">Element type of the U-Net's weights.</param>
    /// <returns>float32 [B], differentiable.</returns>
    public Tensor Losses(
        LatentDiffusionModel model,
        Tensor latents,
        Tensor noise,
        IReadOnlyList<int> timesteps,
        Tensor context,
        ScalarType precision = ScalarType.Float32
    )
    {
        Tensor signal = tensor(timesteps.Select(t => _signal[t]).ToArray()).MoveTo(model.Device).view(-1, 1, 1, 1);
        Tensor spread = tensor(timesteps.Select(t => _noise[t]).ToArray()).MoveTo(model.Device).view(-1, 1, 1, 1);
        Tensor steps = tensor(timesteps.Select(t => (long)t).ToArray(), dtype: ScalarType.Int64).MoveTo(model.Device);
        Tensor noisy = (signal * latents).Plus(spread * noise);
        Tensor velocity = (signal * noise) - (spread * latents);
        UNetOutput output = model.UNet.Forward(noisy.to(precision), steps, context.to(precision));
        return (output.Sample!.to(ScalarType.Float32) - velocity).Squared().mean([1, 2, 3]);
    }
}
