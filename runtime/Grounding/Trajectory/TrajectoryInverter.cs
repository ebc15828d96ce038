using System.Diagnostics;
using System.Numerics.Tensors;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>
/// From an image to the latents whose attention is used: by DDIM inversion with the empty prompt, as far as the last step wanted
/// (arXiv:2404.12920, section III, guidance 0), or by what a preset puts in its place.
/// </summary>
internal sealed class TrajectoryInverter(GroundingModel model)
{
    private readonly IStateWalk _walk = model.Conditioned is { } unet ? new DeviceWalk(model, unet) : new HostWalk(model);

    /// <summary>Encodes and inverts model inputs of one size, together.</summary>
    /// <param name="images">The images, each float32 [1, 1, H, W] in [0,1], with what is kept in its result.</param>
    /// <param name="size">H and W.</param>
    /// <param name="unconditional">Hidden states of the empty prompt, float32 [1, S, W].</param>
    /// <param name="plan">The steps wanted.</param>
    /// <param name="progress">Told after the images were encoded and after each step.</param>
    /// <param name="cancellationToken">Stops between two operators, or two steps.</param>
    /// <returns>One per image, in order; their times are each image's share.</returns>
    public IReadOnlyList<ImageTrajectory> Invert(
        IReadOnlyList<(float[] Image, ImageTransform? Transform)> images,
        GridSize size,
        float[] unconditional,
        GroundingPlan plan,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        CheckSize(size);
        Stopwatch watch = Stopwatch.StartNew();
        float[][] clean = new float[images.Count][];
        int channels = 0;
        GridSize grid = default;
        for (int i = 0; i < images.Count; i++)
        {
            progress?.Report(new GroundingProgress(GroundingStage.EncodeImage, i, images.Count));
            GraphTensor encoded = model.EncodeImage(images[i].Image, size, cancellationToken);
            FiniteValues.Check(encoded.Floats!, "the image's latents", "vae_encoder");
            clean[i] = encoded.Floats!;
            channels = (int)encoded.Shape[1];
            grid = new GridSize((int)encoded.Shape[2], (int)encoded.Shape[3]);
        }

        progress?.Report(new GroundingProgress(GroundingStage.EncodeImage, images.Count, images.Count));
        TimeSpan encodeTime = watch.Elapsed / images.Count;
        watch.Restart();
        IReadOnlyList<Dictionary<int, float[]>> latents =
            plan.Trajectory == BundleTrajectory.Noising
                ? [.. clean.Select(values => Noise(values, plan))]
                : _walk.Follow(clean, channels, grid, unconditional, plan, progress, cancellationToken);
        TimeSpan inversionTime = watch.Elapsed / images.Count;
        return
        [
            .. images.Select(
                (image, i) =>
                    new ImageTrajectory(plan, size, channels, grid, latents[i])
                    {
                        Transform = image.Transform,
                        CleanLatents = clean[i],
                        EmptyPrompt = unconditional,
                        BundleId = model.Manifest.Id,
                        Evaluations = plan.InversionEvaluations,
                        EncodeTime = encodeTime,
                        InversionTime = inversionTime,
                        Warnings =
                            TensorPrimitives.Min<float>(image.Image) == TensorPrimitives.Max<float>(image.Image)
                                ? ["the image has the same gray value everywhere: there is nothing to locate in it"]
                                : [],
                    }
            ),
        ];
    }

    /// <summary>
    /// The latents with noise of the steps' levels; the noise depends on seed and step alone, so it is the same for every image.
    /// </summary>
    private Dictionary<int, float[]> Noise(float[] clean, GroundingPlan plan)
    {
        Dictionary<int, float[]> latents = [];
        foreach (int k in plan.Steps)
        {
            float[] noisy = new float[clean.Length];
            SeededNoise.Fill(plan.Seed, model.Timesteps[k], noisy);
            model.Schedule.AddNoise(clean, noisy, model.Timesteps[k], noisy);
            latents.Add(k, noisy);
        }

        return latents;
    }

    private void CheckSize(GridSize size)
    {
        int multiple = model.Configuration.SideMultiple;
        if (size.Rows % multiple != 0 || size.Columns % multiple != 0 || size.Rows < 1 || size.Columns < 1)
        {
            throw new InputException($"model image of {size}: both sides must be multiples of {multiple} for bundle {model.Manifest.Id}");
        }
    }
}
