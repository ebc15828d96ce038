using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// What a step of prompt tuning draws, and its losses: the truncated U-Net on inversion states, with gradients for the rows.
/// </summary>
internal sealed class TuningObjective
{
    private const int TuningStream = 31;

    private readonly LatentDiffusionModel _model;
    private readonly LearnedRows _rows;
    private readonly PromptTuningSettings _settings;
    private readonly IReadOnlyList<int> _layers;
    private readonly GroundingLoss _loss;
    private readonly InferenceTimesteps _schedule;

    public TuningObjective(LatentDiffusionModel model, LearnedRows rows, PromptTuningSettings settings, IReadOnlyList<int> layers)
    {
        if (settings.SamplesPerStep < 1 || settings.TrajectoryBatch < 1)
        {
            throw new InputException(
                $"samples_per_step {settings.SamplesPerStep}, trajectory_batch {settings.TrajectoryBatch}: wanted numbers of at least 1"
            );
        }

        (_model, _rows, _settings, _layers) = (model, rows, settings, layers);
        _loss = new GroundingLoss(settings.Loss);
        _schedule = InferenceTimesteps.Trailing(model.Configuration.Grounding.NumInferenceSteps, model.Schedule.NumTrainTimesteps);
    }

    /// <summary>What a training step looks at: a function of seed and step alone.</summary>
    public TuningBatch Draw(long step, TrajectoryDiskCache trajectories, IReadOnlyList<TuningSample> samples)
    {
        using StepRandom random = new(_settings.Seed, TuningStream, step);
        TuningSample[] chosen = new TuningSample[_settings.SamplesPerStep];
        int[][] steps = new int[chosen.Length][];
        LocationGaussian[][] gaussians = new LocationGaussian[chosen.Length][];
        for (int i = 0; i < chosen.Length; i++)
        {
            chosen[i] = samples[random.Scalars.Next(samples.Count)];
            steps[i] = ChooseSteps(random.Scalars);
            gaussians[i] = [.. chosen[i].Gaussians.Select(gaussian => gaussian.Jitter(random.Scalars, _settings.Jitter))];
        }

        return Batch(trajectories, chosen, steps, gaussians);
    }

    /// <summary>
    /// A sample to measure on: without jitter, at as many steps as training uses, evenly spread over the range.
    /// </summary>
    public TuningBatch Measured(TuningSample sample, TrajectoryDiskCache trajectories)
    {
        int[] all = AllSteps();
        int count = _settings.StepsPerSample > 0 ? Math.Min(_settings.StepsPerSample, all.Length) : all.Length;
        int[] steps = [.. Enumerable.Range(0, count).Select(i => all[(((2 * i) + 1) * all.Length) / (2 * count)])];
        return Batch(
            trajectories,
            [sample],
            [steps],
            [
                [.. sample.Gaussians],
            ]
        );
    }

    /// <summary>The losses of a batch; differentiable in the learned rows, in the caller's dispose scope.</summary>
    public GroundingLossResult Losses(TuningBatch batch)
    {
        int samples = batch.Samples.Count,
            steps = batch.Steps.Count / samples;
        string[] prompts = [.. batch.Samples.Select(sample => sample.Prompt)];
        Tensor states = _model.TextEncoder.ForwardEmbeddings(_rows.Embed(_model.Rows(prompts))); // [N, S, W]
        Tensor context = states.unsqueeze(1).expand(samples, steps, -1, -1).reshape(batch.Steps.Count, states.shape[1], states.shape[2]);
        Tensor timesteps = tensor(batch.Steps.Select(k => (long)_schedule[k]).ToArray(), dtype: ScalarType.Int64).MoveTo(_model.Device);
        IReadOnlyDictionary<int, Tensor> attention = _model
            .UNet.Forward(batch.States.CopyTo(_model.Device), timesteps, context, _layers, stopAfterLastAttention: true)
            .Attention;
        Tensor maps = GroundingLoss.Stack(attention, _layers, samples); // [N, T, L, D, S]
        return _loss.Compute(maps, Mask(prompts), Target(batch, maps.shape[3]));
    }

    private TuningBatch Batch(
        TrajectoryDiskCache trajectories,
        TuningSample[] samples,
        int[][] steps,
        IReadOnlyList<LocationGaussian>[] gaussians
    )
    {
        Tensor[] states = [.. samples.Select((sample, i) => trajectories.States(sample.Image, steps[i]))];
        Tensor all = states.Length == 1 ? states[0] : cat(states);
        if (states.Length > 1)
        {
            Array.ForEach(states, part => part.Dispose());
        }

        return new TuningBatch(samples, [.. steps.SelectMany(chosen => chosen)], all.Keep(_model.Device), gaussians);
    }

    // The prompts' own tokens without the conjunction, which names no place; on the CPU, where the loss wants them.
    private Tensor Mask(string[] prompts)
    {
        int length = _model.Tokenize(prompts[0]).Ids.Count;
        bool[] mask = new bool[prompts.Length * length];
        for (int i = 0; i < prompts.Length; i++)
        {
            TokenizedPrompt tokens = _model.Tokenize(prompts[i]);
            foreach (int position in tokens.OwnPositions.Where(position => !_settings.IgnoredTokenIds.Contains(tokens.Ids[position])))
            {
                mask[(i * length) + position] = true;
            }
        }

        return tensor(mask, [prompts.Length, length]);
    }

    private Tensor Target(TuningBatch batch, long cells)
    {
        GridSize grid = GridSize.Square(checked((int)Math.Round(Math.Sqrt(cells))));
        float[] maps =
        [
            .. batch.Gaussians.SelectMany(gaussians => GaussianMap.Render(gaussians, grid, _settings.Scale, _settings.Combination)),
        ];
        return tensor(maps, [batch.Samples.Count, cells]).MoveTo(_model.Device);
    }

    private int[] AllSteps() => [.. Enumerable.Range(_settings.StepRange[0], _settings.StepRange[1] - _settings.StepRange[0])];

    private int[] ChooseSteps(Random random)
    {
        int[] all = AllSteps();
        if (_settings.StepsPerSample <= 0 || _settings.StepsPerSample >= all.Length)
        {
            return all;
        }

        random.Shuffle(all);
        return [.. all.Take(_settings.StepsPerSample).Order()];
    }
}
