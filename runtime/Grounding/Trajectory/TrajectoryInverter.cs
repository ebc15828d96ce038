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
        CancellationToken cancellationToken
    )
    {
        CheckSize(size);
        Stopwatch watch = Stopwatch.StartNew();
        progress?.Report(new GroundingProgress(GroundingStage.EncodeImage, 0, 1));
        GraphTensor encoded = model.EncodeImage(image, size, cancellationToken);
        FiniteValues.Check(encoded.Floats!, "the image's latents", "vae_encoder");
        progress?.Report(new GroundingProgress(GroundingStage.EncodeImage, 1, 1));
        float[] clean = [.. encoded.Floats!];
        TimeSpan encodeTime = watch.Elapsed;

        long[] shape = [.. encoded.Shape];
        watch.Restart();
        Dictionary<int, float[]> latents =
            plan.Trajectory == BundleTrajectory.Noising
                ? Noise(encoded.Floats!, plan)
                : Follow(new Evaluation(model, encoded, unconditional, progress, cancellationToken), plan);

        GridSize grid = new((int)shape[2], (int)shape[3]);
        return new ImageTrajectory(plan, size, (int)shape[1], grid, latents)
        {
            Transform = transform,
            CleanLatents = clean,
            BundleId = model.Manifest.Id,
            Evaluations = plan.InversionEvaluations,
            EncodeTime = encodeTime,
            InversionTime = watch.Elapsed,
            Warnings =
                TensorPrimitives.Min<float>(image) == TensorPrimitives.Max<float>(image)
                    ? ["the image has the same gray value everywhere: there is nothing to locate in it"]
                    : [],
        };
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

    /// <summary>Follows the ODE from the clean latents to the last step wanted, in the plan's own steps.</summary>
    private Dictionary<int, float[]> Follow(Evaluation evaluation, GroundingPlan plan)
    {
        Dictionary<int, int> wanted = plan.Steps.ToDictionary(k => model.Timesteps[k]);
        Dictionary<int, float[]> latents = [];
        float[] memory = plan.Solver is null ? [] : new float[evaluation.Sample.Length];
        for (int i = 0; ; i++)
        {
            int timestep = plan.Solver is null ? model.Timesteps[i] : plan.Solver.Nodes[i];
            if (wanted.TryGetValue(timestep, out int k))
            {
                latents.Add(k, [.. evaluation.Sample]);
            }

            if (i == plan.InversionEvaluations)
            {
                return latents;
            }

            float[] output = evaluation.At(timestep, i, plan.InversionEvaluations);
            if (plan.Solver is null)
            {
                model.Inversion.Step(i, evaluation.Sample, output, evaluation.Sample);
            }
            else
            {
                plan.Solver.Step(i, evaluation.Sample, output, memory);
            }
        }
    }

    /// <summary>Latents must halve evenly down to the U-Net's lowest level, or its skip connections do not fit.</summary>
    private void CheckSize(GridSize size)
    {
        int multiple = model.Configuration.Vae.DownsamplingFactor << (model.Configuration.UNet.NumChannels.Count - 1);
        if (size.Rows % multiple != 0 || size.Columns % multiple != 0 || size.Rows < 1 || size.Columns < 1)
        {
            throw new InputException($"model image of {size}: both sides must be multiples of {multiple} for bundle {model.Manifest.Id}");
        }
    }

    /// <summary>The U-Net with the empty prompt, and the sample it is evaluated on.</summary>
    private sealed class Evaluation
    {
        private readonly GroundingModel _model;
        private readonly long[] _timestep = new long[1];
        private readonly GraphTensor[] _inputs;
        private readonly GraphTensor _output;
        private readonly IProgress<GroundingProgress>? _progress;
        private readonly CancellationToken _cancellationToken;

        public Evaluation(
            GroundingModel model,
            GraphTensor latents,
            float[] unconditional,
            IProgress<GroundingProgress>? progress,
            CancellationToken cancellationToken
        )
        {
            _model = model;
            _progress = progress;
            _cancellationToken = cancellationToken;
            Sample = latents.Floats!;
            long[] shape = [.. latents.Shape];
            int context = model.Configuration.TextEncoder.MaxPositionEmbeddings;
            _output = GraphTensor.Float32("out_sample", new float[Sample.Length], shape);
            _inputs =
            [
                GraphTensor.Float32("sample", Sample, shape),
                GraphTensor.Int64("timestep", _timestep, 1),
                GraphTensor.Float32("encoder_hidden_states", unconditional, 1, context, unconditional.Length / context),
            ];
        }

        /// <summary>The state; the inverter changes it between evaluations.</summary>
        public float[] Sample { get; }

        /// <summary>The U-Net's output on the state, overwritten by the next evaluation.</summary>
        public float[] At(int timestep, int done, int total)
        {
            _timestep[0] = timestep;
            _model.Denoise(_inputs, _output, _cancellationToken);
            FiniteValues.Check(
                _output.Floats!,
                FormattableString.Invariant($"the U-Net's output at step {done} (t = {timestep})"),
                "denoiser"
            );
            _progress?.Report(new GroundingProgress(GroundingStage.Invert, done + 1, total));
            return _output.Floats!;
        }
    }
}
