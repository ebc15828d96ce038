using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>
/// Noise to image with the TorchSharp modules: deterministic DDIM (Song et al. 2020, arXiv:2010.02502, eta 0) with classifier-free guidance
/// (Ho and Salimans 2022, arXiv:2207.12598).
/// </summary>
public static class ImageSampler
{
    /// <summary>Draws images for prompts.</summary>
    /// <param name="model">Model.</param>
    /// <param name="vae">Autoencoder, on the same device.</param>
    /// <param name="prompts">P prompts.</param>
    /// <param name="each">Images for each prompt (K); every prompt starts from the same K noises.</param>
    /// <param name="random">Gives the noise.</param>
    /// <param name="steps">Steps of the inference schedule.</param>
    /// <param name="guidance">As for <see cref="Sample"/>.</param>
    /// <returns>float32 [P K, C, H, W] on the model's device, not clipped, prompt by prompt; owned by the caller.</returns>
    public static Tensor Images(
        LatentDiffusionModel model,
        AutoencoderKL vae,
        IReadOnlyList<string> prompts,
        int each,
        StepRandom random,
        int steps,
        double guidance
    )
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int side = model.Configuration.LatentSide;
        Tensor noise = random.Normal(each, model.Configuration.Vae.LatentChannels, side, side).repeat(prompts.Count, 1, 1, 1);
        string[] all = [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, each))];
        Tensor latents = Sample(model, noise.MoveTo(model.Device), all, steps, guidance);
        return vae.Decode(latents.DividedBy(model.Configuration.Image.LatentScale)).MoveToOuterDisposeScope();
    }

    /// <summary>Samples latents from noise with classifier-free guidance.</summary>
    /// <param name="model">Model.</param>
    /// <param name="noise">float32 [B, Cz, h, w] on the model's device; read only.</param>
    /// <param name="prompts">B prompts.</param>
    /// <param name="steps">Steps of the inference schedule.</param>
    /// <param name="guidance">
    /// How strongly the prompts are followed: 1 = the conditional prediction alone, 0 = the unconditional one.
    /// </param>
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
    /// <param name="first">First state wanted, counted from the clean end as in <see cref="Trajectory.Invert"/>, inclusive.</param>
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
