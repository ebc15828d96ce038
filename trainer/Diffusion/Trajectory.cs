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
        return Walk(model, noise, prompts, steps, guidance, 0, (_, _) => { }).MoveToOuterDisposeScope();
    }

    /// <summary>The states that sampling one prompt's image passes through, without guidance.</summary>
    /// <param name="model">Model.</param>
    /// <param name="noise">float32 [1, Cz, h, w] on the model's device; read only.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="steps">Steps of the inference schedule (N).</param>
    /// <param name="first">First state wanted, counted from the clean end as in <see cref="Invert"/>, inclusive.</param>
    /// <param name="end">Last state wanted, exclusive.</param>
    /// <returns>
    /// float32 [end - first, Cz, h, w] on the model's device: what the U-Net is given at steps first .. end - 1; owned by the caller.
    /// </returns>
    public static Tensor SampleStates(LatentDiffusionModel model, Tensor noise, string prompt, int steps, int first, int end)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> kept = [];
        Tensor last = Walk(
            model,
            noise,
            [prompt],
            steps,
            1,
            first + 1,
            (k, state) =>
            {
                if (k < end)
                {
                    kept.Add(state[0]);
                }
            }
        );
        kept.Add(last[0]);
        kept.Reverse();
        return stack(kept).MoveToOuterDisposeScope();
    }

    /// <summary>Samples from the last step to step <paramref name="end"/>, which is carried out too.</summary>
    private static Tensor Walk(
        LatentDiffusionModel model,
        Tensor noise,
        IReadOnlyList<string> prompts,
        int steps,
        double guidance,
        int end,
        Action<int, Tensor> visit
    )
    {
        Ddim ddim = new(model.Schedule, InferenceTimesteps.Trailing(steps, model.Schedule.NumTrainTimesteps));
        Tensor conditional = model.Encode(prompts);
        Tensor unconditional = model.Encode([string.Empty]).expand(conditional.shape);
        Tensor state = noise;
        for (int k = ddim.Timesteps.Count - 1; k >= end; k--)
        {
            visit(k, state);
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

        return state;
    }
}
