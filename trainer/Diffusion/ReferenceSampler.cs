using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>
/// Grounding as the authors carry it out, kept simple and slow on purpose: it is what the fast runtime is compared with, in results and in
/// time. Every inversion step evaluates the whole U-Net on a guided batch of two (empty prompt, prompt), to the last step, and the maps of
/// every layer are copied out. Not thread-safe.
/// </summary>
/// <remarks>arXiv:2404.12920, section III, and its public code. 100 steps are 200 sample evaluations per phrase.</remarks>
/// <param name="unet">The denoiser; its device and type are used. Owned by the caller.</param>
/// <param name="scheduler">Its noise schedule.</param>
/// <param name="grounding">Steps, layers and finish.</param>
public sealed class ReferenceSampler(DiffusionModelUNet unet, SchedulerConfiguration scheduler, GroundingConfiguration grounding)
{
    private readonly int[] _layers = [.. Enumerable.Range(0, unet.Configuration.CrossAttentionLayerCount)];

    private readonly DdimInversion _inversion = new(
        new NoiseSchedule(scheduler),
        InferenceTimesteps.Trailing(grounding.NumInferenceSteps, scheduler.NumTrainTimesteps)
    );

    /// <summary>Classifier-free guidance during inversion: 0, that of the published evaluation, follows the empty prompt alone.</summary>
    public double GuidanceScale { get; init; }

    /// <summary>Inversion steps carried out; null: all of them. Fewer serve to time a step; a heatmap needs all of its window.</summary>
    public int? StepLimit { get; init; }

    /// <summary>Samples that went through the U-Net so far; a guided batch of two counts twice.</summary>
    public long EvaluationCount { get; private set; }

    /// <summary>Grounds one phrase.</summary>
    /// <param name="latents">z_0, float32 [1, Cz, h, w], already multiplied by the latent scale. Read only.</param>
    /// <param name="emptyPrompt">Text encoder states of the empty prompt, [1, S, W].</param>
    /// <param name="prompt">Text encoder states of the phrase, [1, S, W].</param>
    /// <param name="positions">Positions of the phrase's own tokens.</param>
    /// <param name="image">Size of the model's image.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The heatmap on the model's square.</returns>
    /// <exception cref="InputException">More than one image at a time.</exception>
    public ModelHeatmap Ground(
        Tensor latents,
        Tensor emptyPrompt,
        Tensor prompt,
        ReadOnlySpan<int> positions,
        GridSize image,
        CancellationToken cancellation = default
    )
    {
        AttentionAggregation aggregation = new(image);
        int[] tokens = positions.ToArray();
        Invert(
            latents,
            emptyPrompt,
            prompt,
            step =>
            {
                if (step.Index >= grounding.StepRange[0] && step.Index < grounding.StepRange[1])
                {
                    foreach (int layer in grounding.Layers)
                    {
                        aggregation.Add(step.Attention[layer].Conditional, step.Attention[layer].Grid, tokens);
                    }
                }
            },
            cancellation
        );
        return new HeatmapPostprocessor(grounding).Apply(aggregation.Mean(), image);
    }

    /// <summary>The inversion alone: every step from the clean latents to noise.</summary>
    /// <param name="latents">z_0, float32 [1, Cz, h, w]. Read only.</param>
    /// <param name="emptyPrompt">Text encoder states of the empty prompt, [1, S, W].</param>
    /// <param name="prompt">Text encoder states of the phrase, [1, S, W].</param>
    /// <param name="onStep">Gets each step's state and maps; may keep them.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The last state reached, [Cz, h, w] row-major.</returns>
    /// <exception cref="InputException">More than one image at a time.</exception>
    public float[] Invert(
        Tensor latents,
        Tensor emptyPrompt,
        Tensor prompt,
        Action<ReferenceStep> onStep,
        CancellationToken cancellation = default
    )
    {
        if (latents.dim() != 4 || latents.shape[0] != 1)
        {
            throw new InputException(
                $"latents of shape [{string.Join(", ", latents.shape)}], wanted [1, Cz, h, w]: the reference grounds one image at a time"
            );
        }

        using IDisposable noGradient = no_grad();
        using Tensor context = cat([emptyPrompt, prompt]);
        long[] shape = latents.shape;
        GridSize grid = new((int)shape[2], (int)shape[3]);
        float[] state = ToArray(latents);
        for (int k = 0; k < Math.Min(StepLimit ?? int.MaxValue, _inversion.Timesteps.Count); k++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor sample = tensor(state, shape).to(context.dtype, context.device).expand(2, -1, -1, -1);
            UNetOutput output = unet.Forward(sample, tensor([(long)_inversion.Timesteps[k]]).MoveTo(context.device), context, _layers);
            EvaluationCount += 2;
            Tensor[] halves = output.Sample!.chunk(2);
            float[] prediction = ToArray(halves[0].Plus((halves[1] - halves[0]).Times(GuidanceScale)));
            onStep(new ReferenceStep(k, _inversion.Timesteps[k], state, [.. _layers.Select(layer => Map(output.Attention[layer], grid))]));
            float[] next = new float[state.Length];
            _inversion.Step(k, state, prediction, next);
            state = next;
        }

        return state;
    }

    private static ReferenceAttention Map(Tensor map, GridSize latents)
    {
        return new ReferenceAttention(ReferenceAttention.GridOf(map.shape[1], latents), ToArray(map[0]), ToArray(map[1]));
    }

    private static float[] ToArray(Tensor tensor) => tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
}
