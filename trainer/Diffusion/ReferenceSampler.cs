using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>
/// Grounding as the authors carry it out, kept simple and slow on purpose: it is what the fast runtime is compared with. Every inversion step
/// evaluates the whole U-Net on a guided batch of two (empty prompt, prompt) with the attention of every layer, to the last step.
/// </summary>
/// <remarks>
/// arXiv:2404.12920, section III, and its public code with guidance 0: the predicted noise is that of the empty prompt. 100 steps are 200
/// sample evaluations per phrase.
/// </remarks>
/// <param name="unet">The denoiser, in evaluation mode; owned by the caller.</param>
/// <param name="scheduler">Its noise schedule.</param>
/// <param name="grounding">Steps, layers and finish.</param>
public sealed class ReferenceSampler(DiffusionModelUNet unet, SchedulerConfiguration scheduler, GroundingConfiguration grounding)
{
    private const double GuidanceScale = 0;

    private readonly DdimInversion inversion = new(
        new NoiseSchedule(scheduler), InferenceTimesteps.Trailing(grounding.NumInferenceSteps, scheduler.NumTrainTimesteps));

    /// <summary>Samples that went through the U-Net so far; a guided batch of two counts twice.</summary>
    public long EvaluationCount { get; private set; }

    /// <summary>Grounds one phrase.</summary>
    /// <param name="latents">z_0, float32 [1, Cz, h, w], already multiplied by the latent scale. Read only.</param>
    /// <param name="emptyPrompt">Text encoder states of the empty prompt, [1, S, W].</param>
    /// <param name="prompt">Text encoder states of the phrase, [1, S, W].</param>
    /// <param name="positions">Positions of the phrase's own tokens.</param>
    /// <param name="image">Size of the model's image.</param>
    /// <returns>The heatmap on the model's square.</returns>
    public ModelHeatmap Ground(Tensor latents, Tensor emptyPrompt, Tensor prompt, ReadOnlySpan<int> positions, GridSize image)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        AttentionAggregation aggregation = new(image);
        GridSize latentGrid = new((int)latents.shape[2], (int)latents.shape[3]);
        int[] allLayers = [.. Enumerable.Range(0, unet.Configuration.CrossAttentionLayerCount)];
        Tensor context = cat([emptyPrompt, prompt]);
        Tensor current = latents.clone();
        for (int k = 0; k < inversion.Timesteps.Count; k++)
        {
            using DisposeScope step = NewDisposeScope();
            using UNetOutput output = unet.Forward(
                cat([current, current]), tensor(new long[] { inversion.Timesteps[k] }), context, allLayers);
            EvaluationCount += 2;
            if (k >= grounding.StepRange[0] && k < grounding.StepRange[1])
            {
                foreach (int layer in grounding.Layers)
                {
                    using Tensor map = output.Attention[layer][1].contiguous();
                    aggregation.Add(map.data<float>().ToArray(), GridOf(latentGrid, (int)map.shape[0]), positions);
                }
            }

            Tensor unconditional = output.Sample![0..1], conditional = output.Sample[1..2];
            Tensor guided = unconditional + (GuidanceScale * (conditional - unconditional));
            DiffusionStep coefficients = inversion[k];
            Tensor next = (coefficients.NextSample * current) + (coefficients.NextOutput * guided);
            current.Dispose();
            current = next.MoveToOuterDisposeScope();
        }

        return new HeatmapFinish(grounding).Apply(aggregation.Mean(), image);
    }

    private static GridSize GridOf(GridSize latents, int cells)
    {
        for (int factor = 1; factor <= latents.CellCount; factor *= 2)
        {
            if (latents.DividedBy(factor) is { } grid && grid.CellCount == cells)
            {
                return grid;
            }
        }

        throw new ArgumentException($"no level of latents of {latents} has {cells} cells", nameof(cells));
    }
}
