using System.Diagnostics;
using System.Numerics.Tensors;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding;

/// <summary>
/// DDIM inversion of an image with the empty prompt, as far as the last step whose attention is used (arXiv:2404.12920, section III, guidance 0).
/// </summary>
internal sealed class TrajectoryInverter(GroundingModel model)
{
    /// <summary>Encodes and inverts a model input.</summary>
    /// <param name="image">float32 [1, 1, H, W] in [0,1].</param>
    /// <param name="size">H and W.</param>
    /// <param name="unconditional">Hidden states of the empty prompt, float32 [1, S, W].</param>
    /// <param name="plan">The steps wanted.</param>
    /// <param name="transform">Kept in the result.</param>
    /// <param name="progress">Told after the image was encoded and after each step.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    public ImageTrajectory Invert(
        float[] image,
        GridSize size,
        float[] unconditional,
        GroundingPlan plan,
        ImageTransform? transform,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken)
    {
        CheckSize(size);
        Stopwatch watch = Stopwatch.StartNew();
        progress?.Report(new GroundingProgress(GroundingStage.EncodeImage, 0, 1));
        GraphTensor encoded = model.EncodeImage(image, size, cancellationToken);
        CheckFinite(encoded.Floats!, "the image's latents", "vae_encoder");
        progress?.Report(new GroundingProgress(GroundingStage.EncodeImage, 1, 1));
        TimeSpan encodeTime = watch.Elapsed;

        long[] shape = [.. encoded.Shape];
        float[] sample = encoded.Floats!;
        long[] timestep = new long[1];
        GraphTensor output = GraphTensor.Float32("out_sample", new float[sample.Length], shape);
        GraphTensor[] inputs =
        [
            GraphTensor.Float32("sample", sample, shape),
            GraphTensor.Int64("timestep", timestep, 1),
            GraphTensor.Float32("encoder_hidden_states", unconditional, 1, ContextLength, unconditional.Length / ContextLength),
        ];
        Dictionary<int, float[]> latents = [];
        HashSet<int> wanted = [.. plan.Steps];
        watch.Restart();
        for (int k = 0; ; k++)
        {
            if (wanted.Contains(k)) latents.Add(k, [.. sample]);
            if (k == plan.InversionEvaluations) break;
            timestep[0] = model.Timesteps[k];
            model.Denoise(inputs, output, cancellationToken);
            CheckFinite(output.Floats!, FormattableString.Invariant($"the U-Net's output at step {k} (t = {timestep[0]})"), "denoiser");
            model.Inversion.Step(k, sample, output.Floats, sample);
            progress?.Report(new GroundingProgress(GroundingStage.Invert, k + 1, plan.InversionEvaluations));
        }

        GridSize grid = new((int)shape[2], (int)shape[3]);
        return new ImageTrajectory(plan, size, (int)shape[1], grid, latents)
        {
            Transform = transform,
            BundleId = model.Manifest.Id,
            Evaluations = plan.InversionEvaluations,
            EncodeTime = encodeTime,
            InversionTime = watch.Elapsed,
            Warnings = TensorPrimitives.Min<float>(image) == TensorPrimitives.Max<float>(image)
                ? ["the image has the same gray value everywhere: there is nothing to locate in it"]
                : [],
        };
    }

    private int ContextLength => model.Configuration.TextEncoder.MaxPositionEmbeddings;

    /// <summary>Latents must halve evenly down to the U-Net's lowest level, or its skip connections do not fit.</summary>
    private void CheckSize(GridSize size)
    {
        int multiple = model.Configuration.Vae.DownsamplingFactor << (model.Configuration.UNet.NumChannels.Count - 1);
        if (size.Rows % multiple != 0 || size.Columns % multiple != 0 || size.Rows < 1 || size.Columns < 1)
        {
            throw new InputException($"model image of {size}: both sides must be multiples of {multiple} for bundle {model.Manifest.Id}");
        }
    }

    internal static void CheckFinite(ReadOnlySpan<float> values, string what, string graph)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                throw new ArtifactException(
                    FormattableString.Invariant($"{graph}: {what} contains {value}; the weights are damaged, or the precision is too low for this model"));
            }
        }
    }
}
