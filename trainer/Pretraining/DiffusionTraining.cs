using System.Diagnostics;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = CxrOnnx.Trainer.Training.AdamW;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>Trains text encoder and U-Net together on cached latents.</summary>
public sealed class DiffusionTraining : IDisposable
{
    private const int TrainingStream = 17;

    private readonly DiffusionTrainingSettings _settings;
    private readonly LatentDataSet _data;
    private readonly CaptionSampler _captions;
    private readonly CaptionValidation? _validation;
    private readonly DiffusionObjective _objective;
    private readonly ScalarType _precision;
    private readonly LatentDiffusionModel _average;
    private readonly FlatParameters _parameters;
    private readonly FlatParameters _averageParameters;
    private readonly AdamW _optimizer;
    private readonly string _fingerprint;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">Freshly seeded model; owned by the caller. Its U-Net is converted to the precision of the settings.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="captions">How captions are drawn.</param>
    /// <param name="data">Training latents; owned by the caller.</param>
    /// <param name="validation">Held-out latents, or null to go without validation; owned by the caller.</param>
    /// <param name="reports">The images' reports, where captions are drawn from them.</param>
    public DiffusionTraining(
        LatentDiffusionModel model,
        DiffusionTrainingSettings settings,
        CaptionSettings captions,
        LatentDataSet data,
        LatentDataSet? validation,
        ReportTexts? reports = null
    )
    {
        Model = model;
        _settings = settings;
        _data = data;
        _captions = new CaptionSampler(captions, reports);
        _validation = validation is null ? null : new CaptionValidation(validation, settings.ValidationImages, settings.Seed, _captions);
        _objective = new DiffusionObjective(model);
        _average = new LatentDiffusionModel(model.Configuration, model.Vocabulary, model.Tokenize, settings.Seed, model.Device);
        if (settings.FrozenTextEncoder)
        {
            _average.TextEncoder.load_state_dict(model.TextEncoder.state_dict());
            foreach (TorchSharp.Modules.Parameter parameter in _average.TextEncoder.parameters())
            {
                parameter.requires_grad = false;
            }
        }

        _averageParameters = new FlatParameters(("unet", _average.UNet), ("text", _average.TextEncoder));
        _precision = settings.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        model.UNet.to(_precision);
        _parameters = new FlatParameters(("unet", model.UNet), ("text", model.TextEncoder));
        _optimizer = new AdamW(_parameters, settings.Optimizer);
        DiffusionTrainingSettings decisive = settings with
        {
            LearningRate = new(),
            StopAt = 0,
            LogEvery = 0,
            ValidateEvery = 0,
            CheckpointEvery = 0,
            MiddleRange = [],
        };
        _fingerprint = $"{decisive} {string.Join('-', settings.MiddleRange)} {captions} {data.Records.Count} images";
    }

    /// <summary>The model in training, in the precision of training.</summary>
    public LatentDiffusionModel Model { get; }

    /// <summary>Number of trained scalars.</summary>
    public long ParameterCount => _parameters.Count;

    /// <summary>Trains, or goes on training, and writes checkpoints with the averaged weights.</summary>
    /// <param name="folder">Receives the checkpoints, the state, <c>diffusion.csv</c> and <c>diffusion.png</c>.</param>
    /// <param name="progress">Told at every line of the learning curve.</param>
    /// <param name="checkpointed">Called after each checkpoint with the averaged model (float32) and the step.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    public void Run(
        string folder,
        Action<TrainingProgress>? progress = null,
        Action<LatentDiffusionModel, long>? checkpointed = null,
        CancellationToken cancellationToken = default
    )
    {
        Directory.CreateDirectory(folder);
        string statePath = Path.Combine(folder, RunFolder.DiffusionState);
        long first = TrainingState.Load(statePath, _optimizer, _parameters, _fingerprint);
        LearningCurve curve = new(Path.Combine(folder, "diffusion.csv"), first);
        Stopwatch watch = Stopwatch.StartNew();
        long total = _settings.EndStep;
        using DeviceSums sums = new(Model.Device, [0, 0]);
        using Prefetch<DiffusionBatch> batches = new(Draw, first, total, Model.Device.type == DeviceType.CUDA);
        for (long step = first; step < total && !cancellationToken.IsCancellationRequested; step++)
        {
            using (DiffusionBatch batch = batches.Take(step))
            {
                Step(step, batch, sums);
            }

            long done = step + 1;
            bool last = done == total;
            if (done % _settings.LogEvery == 0 || last)
            {
                double[] means = sums.Means();
                double speed = sums.Count / watch.Elapsed.TotalSeconds;
                List<KeyValuePair<string, double>> values =
                [
                    new("loss", means[0]),
                    new("gradient_norm", means[1]),
                    new("learning_rate", _settings.LearningRate.At(step)),
                    new("memory_mb", Environment.WorkingSet / 1048576.0),
                ];
                if (_validation is not null && (done % _settings.ValidateEvery == 0 || last))
                {
                    _averageParameters.Assign(_optimizer.Average);
                    values.AddRange(_validation.Measure(_average));
                }

                curve.Add(done, values);
                progress?.Invoke(new TrainingProgress("diffusion", done, total, speed, values));
                sums.Reset();
                watch.Restart();
            }

            if (done % _settings.CheckpointEvery == 0 || last)
            {
                Checkpoint(folder, statePath, curve, checkpointed);
            }
        }

        // A finished run whose checkpoints were removed, as a pipeline does with results of other settings, writes them again from its
        // state.
        bool written = File.Exists(Path.Combine(folder, RunFolder.UNet)) && File.Exists(Path.Combine(folder, RunFolder.TextEncoder));
        if (_optimizer.Step < total || !written)
        {
            Checkpoint(folder, statePath, curve, checkpointed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average.Dispose();
    }

    /// <summary>One step; the host does not wait for the device.</summary>
    /// <param name="step">The step.</param>
    /// <param name="batch">What it looks at, from <see cref="Draw"/>.</param>
    /// <param name="sums">Receives the loss and the gradient's norm.</param>
    internal void Step(long step, DiffusionBatch batch, DeviceSums sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = _objective
            .Losses(
                Model,
                batch.Latents.CopyTo(Model.Device),
                batch.Noise.CopyTo(Model.Device),
                batch.Timesteps,
                Context(batch.Captions, batch.Neutral),
                _precision
            )
            .mean();
        loss.backward();
        sums.Add(loss, _optimizer.Update(_settings.LearningRate.At(step)));
    }

    /// <summary>What a step looks at: a function of seed and step alone.</summary>
    internal DiffusionBatch Draw(long step)
    {
        using StepRandom random = new(_settings.Seed, TrainingStream, step);
        int[] positions = [.. Enumerable.Range(0, _settings.BatchSize).Select(_ => random.Scalars.Next(_data.Records.Count))];
        string[] captions = [.. positions.Select(position => _captions.Draw(_data.Records[position], random.Scalars))];
        int[] timesteps =
        [
            .. positions.Select(_ =>
                random.Scalars.NextDouble() < _settings.MiddleFraction
                    ? random.Scalars.Next(_settings.MiddleRange[0], _settings.MiddleRange[1])
                    : random.Scalars.Next(Model.Schedule.NumTrainTimesteps)
            ),
        ];
        bool[] neutral = [.. positions.Select(_ => random.Scalars.NextDouble() < _settings.NeutralSpecialsFraction)];
        Tensor latents = _data.Batch(positions).Keep(Model.Device);
        return new DiffusionBatch(latents, random.Normal(latents.shape).Keep(Model.Device), captions, timesteps, neutral);
    }

    // Every distinct caption is encoded once; in "neutral" rows only the caption's own tokens keep their states, the rest are the empty
    // prompt's.
    private Tensor Context(string[] captions, bool[] neutral)
    {
        string[] distinct = [string.Empty, .. captions.Where(caption => caption.Length > 0).Distinct()];
        Tensor states = Model.Encode(distinct);
        Tensor chosen = tensor(captions.Select(caption => (long)Array.IndexOf(distinct, caption)).ToArray(), dtype: ScalarType.Int64)
            .MoveTo(Model.Device);
        Tensor context = states.Select(0, chosen);
        if (!neutral.Any(flag => flag))
        {
            return context;
        }

        Tensor own = Model.OwnTokens(captions).unsqueeze(-1);
        Tensor keep = maximum(own, tensor(neutral.Select(flag => flag ? 0f : 1f).ToArray()).MoveTo(Model.Device).view(-1, 1, 1));
        return (keep * context).Plus(keep.OneMinus() * states.narrow(0, 0, 1));
    }

    private void Checkpoint(string folder, string statePath, LearningCurve curve, Action<LatentDiffusionModel, long>? checkpointed)
    {
        _averageParameters.Assign(_optimizer.Average);
        Dictionary<string, string> metadata = new() { ["step"] = $"{_optimizer.Step}", ["settings"] = _fingerprint };
        _average.Save(folder, metadata, _settings.Seed);
        TrainingState.Save(statePath, _optimizer, _parameters, _fingerprint);
        curve.Plot(Path.Combine(folder, "diffusion.png"), "training loss", "loss");
        curve.Plot(
            Path.Combine(folder, "diffusion-validation.png"),
            "validation loss by caption",
            "right_500",
            "empty_500",
            "wrong_500",
            "right_250",
            "empty_250",
            "wrong_250"
        );
        checkpointed?.Invoke(_average, _optimizer.Step);
    }
}
