using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Grounding;

namespace CxrOnnx.Cli.Classification;

/// <summary>
/// How badly the U-Net predicts noise under a phrase, cell by cell: E over t and eps of |eps - eps_theta(x_t, c)|, averaged over channels. The phrase with
/// the smaller error describes the image better.
/// </summary>
/// <remarks>Li et al. 2023, arXiv:2303.16203 (diffusion classifier), with the absolute error of Vilouras et al., arXiv:2506.10633, appendix K.</remarks>
/// <param name="model">The model; not taken over.</param>
/// <param name="settings">Samples, time steps, seed.</param>
public sealed class DiffusionErrors(GroundingModel model, DiffusionErrorSettings settings)
{
    private const string Denoiser = "denoiser";

    /// <summary>The error maps of phrases on one image.</summary>
    /// <param name="latents">z_0 of the image, float32 [1, Cz, h, w].</param>
    /// <param name="contexts">Hidden states of each phrase, float32 [S, W] each.</param>
    /// <param name="imageId">Decides, with the seed, noise and time steps: an image's errors do not depend on which others are looked at.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>float32 [h, w] per phrase.</returns>
    /// <exception cref="ArtifactException">The U-Net's output is not a number.</exception>
    public IReadOnlyList<float[]> Maps(GraphTensor latents, IReadOnlyList<float[]> contexts, string imageId, CancellationToken cancellationToken)
    {
        float[] clean = latents.Floats!;
        int channels = (int)latents.Shape[1];
        int cells = clean.Length / channels;
        Sample[] samples = Draw(clean, imageId);
        double[][] sums = [.. contexts.Select(_ => new double[cells])];
        (int Sample, int Context)[] items = [.. Enumerable.Range(0, samples.Length).SelectMany(s => Enumerable.Range(0, contexts.Count).Select(c => (s, c)))];
        foreach ((int Sample, int Context)[] batch in items.Chunk(settings.Batch))
        {
            float[] output = Predict(latents, batch, samples, contexts, cancellationToken);
            for (int i = 0; i < batch.Length; i++)
            {
                Add(output.AsSpan(i * clean.Length, clean.Length), samples[batch[i].Sample], sums[batch[i].Context], channels);
            }
        }

        return [.. sums.Select(sum => Array.ConvertAll(sum, value => (float)(value / settings.Samples)))];
    }

    private float[] Predict(
        GraphTensor latents, (int Sample, int Context)[] batch, Sample[] samples, IReadOnlyList<float[]> contexts, CancellationToken cancellationToken)
    {
        int width = model.Configuration.UNet.CrossAttentionDim;
        GraphTensor output = model.Run(
            Denoiser,
            [
                GraphTensor.Float32("sample", [.. batch.SelectMany(item => samples[item.Sample].Noisy)], batch.Length, latents.Shape[1], latents.Shape[2], latents.Shape[3]),
                GraphTensor.Int64("timestep", [.. batch.Select(item => (long)samples[item.Sample].Timestep)], batch.Length),
                GraphTensor.Float32("encoder_hidden_states", [.. batch.SelectMany(item => contexts[item.Context])], batch.Length, contexts[0].Length / width, width),
            ],
            ["out_sample"],
            cancellationToken)[0];
        return output.Floats!.All(float.IsFinite)
            ? output.Floats!
            : throw new ArtifactException("denoiser: the U-Net's output is not a number; the weights are damaged, or the precision is too low for this model");
    }

    /// <summary>Adds |eps - eps_theta|; a velocity v becomes eps_theta = sqrt(alpha_bar) v + sqrt(1 - alpha_bar) x_t (Salimans and Ho 2022).</summary>
    private void Add(ReadOnlySpan<float> output, Sample sample, double[] sum, int channels)
    {
        double alphaBar = model.Schedule.AlphaBar(sample.Timestep);
        bool isVelocity = model.Schedule.Prediction == PredictionType.Velocity;
        (double outputShare, double noisyShare) = isVelocity ? (Math.Sqrt(alphaBar), Math.Sqrt(1 - alphaBar)) : (1, 0);
        for (int i = 0; i < output.Length; i++)
        {
            double predicted = (outputShare * output[i]) + (noisyShare * sample.Noisy[i]);
            sum[i % sum.Length] += Math.Abs(sample.Noise[i] - predicted) / channels;
        }
    }

    private Sample[] Draw(float[] clean, string imageId)
    {
        ulong stream = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(imageId)));
        SplitMix64 random = SplitMix64.OfStream(settings.Seed, stream);
        Sample[] samples = new Sample[settings.Samples];
        (int first, int end) = settings.TimeRange;
        for (int s = 0; s < samples.Length; s++)
        {
            int timestep = Math.Min(end - 1, first + (int)((s + random.NextUnit()) * (end - first) / samples.Length));
            float[] noise = new float[clean.Length];
            random.FillNormal(noise);
            float[] noisy = new float[clean.Length];
            model.Schedule.AddNoise(clean, noise, timestep, noisy);
            samples[s] = new Sample(timestep, noise, noisy);
        }

        return samples;
    }

    private sealed record Sample(int Timestep, float[] Noise, float[] Noisy);
}
