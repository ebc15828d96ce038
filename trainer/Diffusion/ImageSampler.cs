using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>
/// Draws images for prompts: deterministic DDIM (Song et al. 2020, arXiv:2010.02502, eta 0) with classifier-free guidance (Ho and Salimans
/// 2022, arXiv:2207.12598). Not thread-safe.
/// </summary>
/// <param name="unet">The denoiser. Not owned.</param>
/// <param name="vae">The autoencoder, on the same device. Not owned.</param>
/// <param name="configuration">Schedule and latent scale.</param>
public sealed class ImageSampler(DiffusionModelUNet unet, AutoencoderKL vae, ModelConfiguration configuration)
{
    /// <summary>
    /// How strongly the prompt is followed: 1 is the conditional model itself, 0 the unconditional one, more exaggerates.
    /// </summary>
    public double GuidanceScale { get; init; } = 1;

    /// <summary>Denoising steps, spaced "trailing"; in [1, training steps].</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Images from noise.</summary>
    /// <param name="prompts">Contexts of the prompts, float [B, S, W].</param>
    /// <param name="unconditional">Context of the empty prompt, float [1, S, W].</param>
    /// <param name="seed">Seed of the noise: the same seed, prompts and steps give the same images on the same machine.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>float32 [B, C, size, size] on the CPU, clipped to [0, 1]; owned by the caller.</returns>
    /// <exception cref="InputException">The number of steps is outside its range, or shapes do not fit the model.</exception>
    public Tensor Sample(Tensor prompts, Tensor unconditional, long seed, CancellationToken cancellation = default)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(Steps, configuration.Scheduler.NumTrainTimesteps);
        Ddim ddim = new(new NoiseSchedule(configuration.Scheduler), timesteps);
        long side = configuration.LatentSide;
        using Generator generator = new((ulong)seed, CPU);

        // One noise per image from one generator: the first images do not depend on how many follow.
        Tensor latents = randn([prompts.shape[0], unet.Configuration.InChannels, side, side], generator: generator);
        long[] shape = latents.shape;
        float[] state = latents.data<float>().ToArray();
        for (int k = timesteps.Count - 1; k >= 0; k--)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope stepScope = NewDisposeScope();
            Tensor sample = tensor(state, shape).to(prompts.dtype, prompts.device);
            Tensor prediction = Predict(sample, tensor([(long)timesteps[k]], device: prompts.device), prompts, unconditional);
            ddim.Step(k, state, prediction.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray(), state);
        }

        Tensor clean = tensor(state, shape).to(prompts.dtype, prompts.device).DividedBy(configuration.Image.LatentScale);
        return scope.MoveToOuter(vae.Decode(clean).to(ScalarType.Float32).cpu().Within(0, 1));
    }

    private Tensor Predict(Tensor sample, Tensor timestep, Tensor prompts, Tensor unconditional)
    {
        long count = sample.shape[0];
        if (GuidanceScale == 1)
        {
            return unet.Forward(sample, timestep, prompts).Sample!;
        }

        Tensor empty = unconditional.expand(count, -1, -1);
        if (GuidanceScale == 0)
        {
            return unet.Forward(sample, timestep, empty).Sample!;
        }

        Tensor[] halves = unet.Forward(cat([sample, sample]), timestep, cat([empty, prompts])).Sample!.chunk(2);
        return halves[0].Plus((halves[1] - halves[0]).Times(GuidanceScale));
    }
}
