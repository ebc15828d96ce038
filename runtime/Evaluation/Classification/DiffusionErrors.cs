using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>
/// How badly the U-Net predicts noise under a phrase, cell by cell: E over t and eps of |eps - eps_theta(x_t, c)|, averaged over channels.
/// The phrase with the smaller error describes the image better.
/// </summary>
/// <remarks>
/// Li et al. 2023, arXiv:2303.16203 (diffusion classifier), with the absolute error of Vilouras et al., arXiv:2506.10633, appendix K.
/// </remarks>
/// <param name="model">The model; not taken over.</param>
/// <param name="settings">Samples, time steps, seed.</param>
public sealed class DiffusionErrors(GroundingModel model, DiffusionErrorSettings settings)
{
    private readonly NoisePredictor _predictor = new(model, settings.Batch);

    /// <summary>The error maps of phrases on one image.</summary>
    /// <param name="latents">z_0 of the image, float32 [1, Cz, h, w].</param>
    /// <param name="contexts">Hidden states of each phrase, float32 [S, W] each.</param>
    /// <param name="imageId">
    /// Decides, with the seed, noise and time steps: an image's errors do not depend on which others are looked at.
    /// </param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>float32 [h, w] per phrase.</returns>
    /// <exception cref="ArtifactException">The U-Net's output is not a number.</exception>
    public IReadOnlyList<float[]> Maps(
        GraphTensor latents,
        IReadOnlyList<float[]> contexts,
        string imageId,
        CancellationToken cancellationToken
    )
    {
        float[] clean = latents.Floats!;
        int channels = (int)latents.Shape[1];
        int cells = clean.Length / channels;
        NoisySample[] samples = Draw(clean, imageId);
        double[][] sums = [.. contexts.Select(_ => new double[cells])];
        _predictor.Predict(
            [.. samples.SelectMany(sample => contexts.Select(context => (sample, (ReadOnlyMemory<float>)context)))],
            channels,
            new GridSize((int)latents.Shape[2], (int)latents.Shape[3]),
            (i, output) => Add(output, samples[i / contexts.Count], sums[i % contexts.Count], channels),
            cancellationToken
        );
        return [.. sums.Select(sum => Array.ConvertAll(sum, value => (float)(value / settings.Samples)))];
    }

    /// <summary>
    /// Adds |eps - eps_theta|; a velocity v becomes eps_theta = sqrt(alpha_bar) v + sqrt(1 - alpha_bar) x_t (Salimans and Ho 2022).
    /// </summary>
    private void Add(ReadOnlySpan<float> output, NoisySample sample, double[] sum, int channels)
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

    private NoisySample[] Draw(float[] clean, string imageId)
    {
        ulong stream = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(imageId)));
        SplitMix64 random = SplitMix64.OfStream(settings.Seed, stream);
        NoisySample[] samples = new NoisySample[settings.Samples];
        (int first, int end) = settings.TimeRange;
        for (int s = 0; s < samples.Length; s++)
        {
            int timestep = Math.Min(end - 1, first + (int)((s + random.NextUnit()) * (end - first) / samples.Length));
            float[] noise = new float[clean.Length];
            random.FillNormal(noise);
            samples[s] = NoisySample.Of(model.Schedule, clean, noise, timestep);
        }

        return samples;
    }
}
