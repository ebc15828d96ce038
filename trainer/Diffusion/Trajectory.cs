using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>DDIM inversion, image to noise, with the TorchSharp modules; <see cref="ImageSampler"/> goes the other way.</summary>
/// <remarks>arXiv:2404.12920, section III; coefficients from <see cref="DdimInversion"/>.</remarks>
public static class Trajectory
{
    /// <summary>The states of an inversion with the empty prompt, guidance 0.</summary>
    /// <param name="model">Model.</param>
    /// <param name="latents">Scaled clean latents. float32 [B, Cz, h, w] on the model's device; read only.</param>
    /// <param name="steps">Steps of the inference schedule (N).</param>
    /// <param name="first">First state wanted (k), inclusive.</param>
    /// <param name="end">Last state wanted, exclusive; nothing beyond is computed.</param>
    /// <returns>float32 [B, end - first, Cz, h, w] on the model's device: z_first .. z_(end-1); owned by the caller.</returns>
    public static Tensor Invert(LatentDiffusionModel model, Tensor latents, int steps, int first, int end)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        DdimInversion inversion = new(model.Schedule, InferenceTimesteps.Trailing(steps, model.Schedule.NumTrainTimesteps));
        Tensor context = model.Encode([string.Empty]).expand(latents.shape[0], -1, -1);
        Tensor state = latents;
        List<Tensor> kept = [];
        for (int k = 0; k < end; k++)
        {
            if (k >= first)
            {
                kept.Add(state);
            }

            if (k == end - 1)
            {
                break;
            }

            using DisposeScope inner = NewDisposeScope();
            using Tensor timestep = tensor(new long[] { inversion.Timesteps[k] }).MoveTo(model.Device);
            Tensor output = model.UNet.Forward(state, timestep, context).Sample!;
            state = state.Times(inversion[k].NextSample).Plus(output.Times(inversion[k].NextOutput)).MoveToOuterDisposeScope();
        }

        return stack(kept, dim: 1).MoveToOuterDisposeScope();
    }
}
