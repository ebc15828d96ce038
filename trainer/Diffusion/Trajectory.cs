using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>DDIM inversion (image to noise) and DDIM sampling (noise to image) with the TorchSharp modules.</summary>
/// <remarks>arXiv:2404.12920, section III; coefficients from <see cref="DdimInversion"/> and <see cref="Ddim"/>.</remarks>
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

    /// <summary>Samples latents from noise with classifier-free guidance.</summary>
    /// <param name="model">Model.</param>
    /// <param name="noise">float32 [B, Cz, h, w] on the model's device; read only.</param>
    /// <param name="prompts">B prompts.</param>
    /// <param name="steps">Steps of the inference schedule.</param>
    /// <param name="guidance">1 = the conditional prediction alone.</param>
    /// <returns>Scaled clean latents, same shape; owned by the caller.</returns>
    /// <remarks>Ho and Salimans 2022, arXiv:2207.12598, eq. (6) with guidance = w + 1.</remarks>
    public static Tensor Sample(LatentDiffusionModel model, Tensor noise, IReadOnlyList<string> prompts, int steps, double guidance)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Ddim ddim = new(model.Schedule, InferenceTimesteps.Trailing(steps, model.Schedule.NumTrainTimesteps));
        Tensor conditional = model.Encode(prompts);
        Tensor unconditional = model.Encode([string.Empty]).expand(conditional.shape);
        Tensor state = noise;
        for (int k = ddim.Timesteps.Count - 1; k >= 0; k--)
        {
            using DisposeScope inner = NewDisposeScope();
            using Tensor timestep = tensor(new long[] { ddim.Timesteps[k] }).MoveTo(model.Device);
            Tensor output = model.UNet.Forward(state, timestep, conditional).Sample!;
            if (guidance != 1)
            {
                Tensor empty = model.UNet.Forward(state, timestep, unconditional).Sample!;
                output = empty.Plus((output - empty).Times(guidance));
            }

            state = state.Times(ddim[k].NextSample).Plus(output.Times(ddim[k].NextOutput)).MoveToOuterDisposeScope();
        }

        return state.MoveToOuterDisposeScope();
    }
}
