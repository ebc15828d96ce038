using System.Globalization;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>
/// Asks an image whether phrases describe it: does the U-Net predict its noise better with the phrase than without? Thread-safe.
/// </summary>
/// <param name="model">The model; not taken over.</param>
/// <param name="probe">The noise to ask with.</param>
/// <param name="batch">Evaluations per call, at least 1.</param>
public sealed class SupportProbe(GroundingModel model, NoiseProbe probe, int batch)
{
    private readonly NoisePredictor _predictor = new(model, batch);
    private readonly string _key = string.Create(CultureInfo.InvariantCulture, $"{probe.Seed}:{string.Join(',', probe.Timesteps)}");

    /// <summary>Evaluations per call for a probe of many phrases.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cpu">What a CPU is to be given: there the batch decides the last digits.</param>
    /// <param name="memoryBudget">What a GPU's batch may take, in MiB.</param>
    /// <returns><paramref name="cpu"/>, or on a GPU as many as its memory has room for, up to 64.</returns>
    public static int BatchOn(GroundingModel model, int cpu, int memoryBudget) =>
        model.Provider.Taken == ExecutionProvider.Cpu ? cpu : SupportQuestion.ProbeBatch(model, cpu, memoryBudget);

    /// <summary>U-Net evaluations per phrase, and once per image.</summary>
    public int Samples => probe.Samples;

    /// <summary>Noises an image and evaluates it under the empty prompt: what all its phrases have in common.</summary>
    /// <param name="latents">z_0, float32 [Cz, h, w].</param>
    /// <param name="channels">Cz.</param>
    /// <param name="grid">h and w.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <exception cref="Core.Artifacts.ArtifactException">The U-Net's output is not a number.</exception>
    public ProbedImage Prepare(ReadOnlySpan<float> latents, int channels, GridSize grid, CancellationToken cancellationToken = default) =>
        PrepareUnder(model.EmptyPromptStates, latents, channels, grid, cancellationToken);

    /// <summary>The same with given states of the empty prompt, float32 [S, W].</summary>
    internal ProbedImage PrepareUnder(
        ReadOnlyMemory<float> emptyPrompt,
        ReadOnlySpan<float> latents,
        int channels,
        GridSize grid,
        CancellationToken cancellationToken
    )
    {
        NoisySample[] samples = [.. probe.Draw(model.Schedule, latents)];
        float[] clean = latents.ToArray();
        float[][] empty = new float[samples.Length][];
        float[][] residuals = new float[samples.Length][];
        _predictor.Predict(
            [.. samples.Select(sample => (sample, emptyPrompt))],
            channels,
            grid,
            (i, output) =>
            {
                empty[i] = output.ToArray();
                residuals[i] = Target(clean, samples[i]);
                for (int k = 0; k < output.Length; k++)
                {
                    residuals[i][k] -= output[k];
                }
            },
            cancellationToken
        );
        return new ProbedImage(channels, grid, samples, empty, residuals);
    }

    /// <summary>The same for an image that was inverted; computed with its first phrase and kept with the trajectory.</summary>
    internal ProbedImage Of(ImageTrajectory trajectory, CancellationToken cancellationToken) =>
        trajectory.Keep(
            _key,
            () =>
                PrepareUnder(
                    trajectory.EmptyPrompt,
                    trajectory.CleanLatents.Span,
                    trajectory.LatentChannels,
                    trajectory.LatentGrid,
                    cancellationToken
                )
        );

    /// <summary>What phrases do to the prediction.</summary>
    /// <param name="image">The image, of <see cref="Prepare"/> of a probe with the same noise.</param>
    /// <param name="contexts">Hidden states of each phrase, float32 [S, W].</param>
    /// <param name="progress">Told after each evaluation.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>One per phrase, in order.</returns>
    /// <exception cref="Core.Artifacts.ArtifactException">The U-Net's output is not a number.</exception>
    public IReadOnlyList<PredictionGain> Measure(
        ProbedImage image,
        IReadOnlyList<ReadOnlyMemory<float>> contexts,
        IProgress<GroundingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        PredictionGain[] gains = [.. contexts.Select(_ => PredictionGain.Zero(image.Grid))];
        int samples = image.Samples.Count;
        double weight = 1.0 / (samples * image.Channels);
        _predictor.Predict(
            [.. contexts.SelectMany(context => image.Samples.Select(sample => (sample, context)))],
            image.Channels,
            image.Grid,
            (i, output) =>
            {
                gains[i / samples].Add(image.Residuals[i % samples], image.Empty[i % samples], output, weight);
                progress?.Report(new GroundingProgress(GroundingStage.Support, i + 1, contexts.Count * samples));
            },
            cancellationToken
        );
        return gains;
    }

    /// <summary>What the U-Net should have said.</summary>
    private float[] Target(float[] clean, NoisySample sample)
    {
        if (model.Schedule.Prediction == PredictionType.Epsilon)
        {
            return [.. sample.Noise];
        }

        float[] velocity = new float[clean.Length];
        model.Schedule.Velocity(clean, sample.Noise, sample.Timestep, velocity);
        return velocity;
    }
}
