using System.Diagnostics;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Learns the location rows of the codebook; VAE, text encoder, U-Net and all other rows stay as they are.</summary>
/// <remarks>arXiv:2506.10633, sections 3.2 and 4.4. One sample per step; its inversion states come from the <see cref="TrajectoryCache"/>.</remarks>
public sealed class PromptTuningRun : IDisposable
{
    private const int TuningStream = 31;

    private readonly LatentDiffusionModel _model;
    private readonly PromptTuningSettings _settings;
    private readonly TrajectoryCache _trajectories;
    private readonly IReadOnlyList<TuningSample> _samples;
    private readonly IReadOnlyList<int> _layers;
    private readonly FlatParameters _parameters;
    private readonly AdamW _optimizer;
    private readonly GroundingLoss _loss;
    private readonly string _fingerprint;

    /// <summary>Prepares a run. The model's own weights are frozen (they no longer ask for gradients).</summary>
    /// <param name="model">Pre-trained model; owned by the caller.</param>
    /// <param name="learnable">Ids (full vocabulary) of the rows that learn.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="trajectories">Cached inversion states of the training images; owned by the caller.</param>
    /// <param name="samples">Training samples.</param>
    public PromptTuningRun(
        LatentDiffusionModel model, IReadOnlyList<long> learnable, PromptTuningSettings settings, TrajectoryCache trajectories,
        IReadOnlyList<TuningSample> samples)
    {
        _model = model;
        _settings = settings;
        _trajectories = trajectories;
        _samples = samples;
        _layers = settings.Layers ?? model.Configuration.Grounding.Layers;
        foreach (TorchSharp.Modules.Parameter parameter in model.UNet.parameters().Concat(model.TextEncoder.parameters()))
        {
            parameter.requires_grad = false;
        }

        _loss = new GroundingLoss(settings.Loss);
        Rows = new LearnedRows(model, learnable);
        _parameters = new FlatParameters(("rows", Rows));
        _optimizer = new AdamW(_parameters, new AdamWSettings { WeightDecay = 0, MaxGradientNorm = 0, AverageDecay = 0 });
        PromptTuningSettings decisive = settings with { LearningRate = new(), LogEvery = 0, CheckpointEvery = 0, StepRange = [], Layers = [], IgnoredTokenIds = [] };
        _fingerprint = $"{decisive} steps {string.Join('-', settings.StepRange)} layers {string.Join('-', _layers)} {samples.Count} samples {trajectories.Fingerprint}";
    }

    /// <summary>The rows in training; owned by this object.</summary>
    public LearnedRows Rows { get; }

    /// <summary>Steps done.</summary>
    public long Step => _optimizer.Step;

    /// <summary>Tunes, or goes on tuning.</summary>
    /// <param name="folder">Receives the state, <c>tuning.csv</c> and <c>tuning.png</c>.</param>
    /// <param name="progress">Told at every line of the learning curve.</param>
    /// <param name="checkpointed">Called after each checkpoint.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    public void Run(
        string folder, Action<TrainingProgress>? progress = null, Action<long>? checkpointed = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        string statePath = Path.Combine(folder, "tuning.state.safetensors");
        long first = TrainingState.Load(statePath, _optimizer, _parameters, _fingerprint);
        LearningCurve curve = new(Path.Combine(folder, "tuning.csv"), first);
        Stopwatch watch = Stopwatch.StartNew();
        double divergence = 0, location = 0, norm = 0;
        int counted = 0;
        long total = _settings.LearningRate.TotalSteps;
        for (long step = first; step < total && !cancellationToken.IsCancellationRequested; step++)
        {
            (double stepDivergence, double stepLocation, double stepNorm) = Update(step);
            (divergence, location, norm, counted) = (divergence + stepDivergence, location + stepLocation, norm + stepNorm, counted + 1);
            long done = step + 1;
            bool last = done == total;
            if (done % _settings.LogEvery == 0 || last)
            {
                KeyValuePair<string, double>[] values =
                    [new("divergence", divergence / counted), new("location", location / counted), new("gradient_norm", norm / counted),
                        new("learning_rate", _settings.LearningRate.At(step)), new("memory_mb", Environment.WorkingSet / 1048576.0)];
                curve.Add(done, values);
                progress?.Invoke(new TrainingProgress("tuning", done, total, counted / watch.Elapsed.TotalSeconds, values));
                (divergence, location, norm, counted) = (0, 0, 0, 0);
                watch.Restart();
            }

            if (done % _settings.CheckpointEvery == 0 || last)
            {
                TrainingState.Save(statePath, _optimizer, _parameters, _fingerprint);
                curve.Plot(Path.Combine(folder, "tuning.png"), "prompt tuning", "divergence", "location");
                checkpointed?.Invoke(done);
            }
        }

        if (_optimizer.Step < total) TrainingState.Save(statePath, _optimizer, _parameters, _fingerprint);
    }

    /// <summary>Puts the learned rows into the model's embedding table, for grounding with the tuned prompts.</summary>
    public void Apply()
    {
        using IDisposable noGrad = no_grad();
        using Tensor index = tensor(_model.Vocabulary.Rows(Rows.Ids), dtype: ScalarType.Int64);
        _model.TextEncoder.TokenEmbedding.index_copy_(0, index, Rows.Weight);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Rows.Dispose();
    }

    private (double Divergence, double Location, double GradientNorm) Update(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        using StepRandom random = new(_settings.Seed, TuningStream, step);
        TuningSample sample = _samples[random.Scalars.Next(_samples.Count)];
        int[] steps = ChooseSteps(random.Scalars);
        Tensor context = _model.TextEncoder.ForwardEmbeddings(Rows.Embed(_model.Rows([sample.Prompt]))).expand(steps.Length, -1, -1);
        InferenceTimesteps schedule =
            InferenceTimesteps.Trailing(_model.Configuration.Grounding.NumInferenceSteps, _model.Schedule.NumTrainTimesteps);
        Tensor timesteps = tensor(steps.Select(k => (long)schedule[k]).ToArray(), dtype: ScalarType.Int64);
        IReadOnlyDictionary<int, Tensor> attention =
            _model.UNet.Forward(_trajectories.States(sample.Image, steps), timesteps, context, _layers, stopAfterLastAttention: true).Attention;
        Tensor maps = GroundingLoss.Stack(attention, _layers, samples: 1); // [1, T, L, D, S]
        GroundingLossResult loss = _loss.Compute(maps, Mask(sample.Prompt), Target(sample, maps.shape[3], random.Scalars));
        loss.Total.backward();
        return (loss.Divergence.item<float>(), loss.Location.item<float>(), _optimizer.Update(_settings.LearningRate.At(step)));
    }

    // The prompt's own tokens without the conjunction, which names no place.
    private Tensor Mask(string prompt)
    {
        TokenizedPrompt tokens = _model.Tokenize(prompt);
        bool[] mask = new bool[tokens.Ids.Count];
        foreach (int position in tokens.OwnPositions.Where(position => !_settings.IgnoredTokenIds.Contains(tokens.Ids[position])))
        {
            mask[position] = true;
        }

        return tensor(mask, [1, mask.Length]);
    }

    private Tensor Target(TuningSample sample, long cells, Random random)
    {
        int side = checked((int)Math.Round(Math.Sqrt(cells)));
        TargetGaussian[] gaussians = [.. sample.Gaussians.Select(gaussian => gaussian.Jitter(random, _settings.Jitter))];
        return tensor(GaussianTarget.Map(gaussians, side, side, _settings.Scale, _settings.Combination), [1, cells]);
    }

    private int[] ChooseSteps(Random random)
    {
        int[] all = [.. Enumerable.Range(_settings.StepRange[0], _settings.StepRange[1] - _settings.StepRange[0])];
        if (_settings.StepsPerSample <= 0 || _settings.StepsPerSample >= all.Length) return all;
        random.Shuffle(all);
        return [.. all.Take(_settings.StepsPerSample).Order()];
    }
}
