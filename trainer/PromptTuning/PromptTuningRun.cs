using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = CxrOnnx.Trainer.Training.AdamW;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Learns the location rows of the codebook; VAE, text encoder, U-Net and all other rows stay as they are.</summary>
/// <remarks>
/// arXiv:2506.10633, sections 3.2 and 4.4. One sample per step; its inversion states come from the <see cref="TrajectoryDiskCache"/>. What
/// a step draws depends on seed and step alone, and sums that a line of the learning curve is the mean of are stored with the state: a
/// killed run that continues gives the same curve and rows, bit for bit.
/// </remarks>
public sealed class PromptTuningRun : IDisposable
{
    private static readonly PromptTuningSettings DefaultBatch = new();

    private const string ValidationColumn = "validation_total";

    private readonly LatentDiffusionModel _model;
    private readonly PromptTuningSettings _settings;
    private readonly TrajectoryDiskCache _trajectories;
    private readonly IReadOnlyList<TuningSample> _samples;
    private readonly TrajectoryDiskCache? _held;
    private readonly IReadOnlyList<TuningSample> _validation;
    private readonly FlatParameters _parameters;
    private readonly AdamW _optimizer;
    private readonly TuningObjective _objective;
    private readonly string _fingerprint;

    /// <summary>Prepares a run. The model's own weights are frozen (they no longer ask for gradients).</summary>
    /// <param name="model">Pre-trained model; owned by the caller.</param>
    /// <param name="learnable">Ids (full vocabulary) of the rows that learn.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="trajectories">Cached inversion states of the training images; owned by the caller.</param>
    /// <param name="samples">Training samples.</param>
    /// <param name="held">Cached inversion states of the validation images, or null; owned by the caller.</param>
    /// <param name="validation">
    /// Samples that are only measured on, at positions of <paramref name="held"/>; without it there are none.
    /// </param>
    public PromptTuningRun(
        LatentDiffusionModel model,
        IReadOnlyList<long> learnable,
        PromptTuningSettings settings,
        TrajectoryDiskCache trajectories,
        IReadOnlyList<TuningSample> samples,
        TrajectoryDiskCache? held = null,
        IReadOnlyList<TuningSample>? validation = null
    )
    {
        _model = model;
        _settings = settings;
        _trajectories = trajectories;
        _samples = samples;
        _held = held;
        _validation = held is null ? [] : [.. (validation ?? []).Take(settings.ValidationSamples)];
        IReadOnlyList<int> layers = settings.Layers ?? model.Configuration.Grounding.Layers;
        foreach (TorchSharp.Modules.Parameter parameter in model.UNet.parameters().Concat(model.TextEncoder.parameters()))
        {
            parameter.requires_grad = false;
        }

        Rows = new LearnedRows(model, learnable);
        _objective = new TuningObjective(model, Rows, settings, layers);
        _parameters = new FlatParameters(("rows", Rows));
        _optimizer = new AdamW(
            _parameters,
            new AdamWSettings
            {
                WeightDecay = 0,
                MaxGradientNorm = 0,
                AverageDecay = 0,
            }
        );
        PromptTuningSettings decisive = settings with
        {
            LearningRate = new(),
            LogEvery = 0,
            CheckpointEvery = 0,
            ValidateEvery = 0,
            ValidationSamples = 0,
            Patience = 0,
            TrajectoryBatch = DefaultBatch.TrajectoryBatch,
            StepRange = [],
            Layers = [],
            IgnoredTokenIds = [],
        };

        // What a state without these settings stood for: those that older versions wrote go on.
        string text = decisive
            .ToString()
            .Replace(", SamplesPerStep = 1,", ",", StringComparison.Ordinal)
            .Replace($", TrajectoryBatch = {DefaultBatch.TrajectoryBatch},", ",", StringComparison.Ordinal);
        _fingerprint =
            $"{text} steps {string.Join('-', settings.StepRange)} layers {string.Join('-', layers)} {samples.Count} samples "
            + $"{trajectories.Fingerprint}";
    }

    /// <summary>The rows in training; owned by this object.</summary>
    public LearnedRows Rows { get; }

    /// <summary>Steps done.</summary>
    public long Step => _optimizer.Step;

    /// <summary>
    /// Step after which <see cref="Rows"/> were learned: the last one, or that of the lowest validation loss where early stopping is on.
    /// </summary>
    public long KeptStep { get; private set; }

    /// <summary>Tunes, or goes on tuning.</summary>
    /// <param name="folder">Receives the state, <c>tuning.csv</c> and <c>tuning.png</c>, and with early stopping the best rows.</param>
    /// <param name="progress">Told at every line of the learning curve.</param>
    /// <param name="checkpointed">Called after each checkpoint.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    public void Run(
        string folder,
        Action<TrainingProgress>? progress = null,
        Action<long>? checkpointed = null,
        CancellationToken cancellationToken = default
    )
    {
        Directory.CreateDirectory(folder);
        string statePath = Path.Combine(folder, "tuning.state.safetensors"),
            bestPath = Path.Combine(folder, "tuning.best.safetensors");
        long first = TrainingState.Load(statePath, _optimizer, _parameters, _fingerprint),
            total = _settings.LearningRate.TotalSteps;
        LearningCurve curve = new(Path.Combine(folder, "tuning.csv"), first);
        EarlyStopping stopping = StoppingOf(curve);
        if (stopping.BestStep == first && first > 0)
        {
            SaveBest(bestPath, first);
        }

        using DeviceSums sums = SumsOf(TrainingState.NoteOf(statePath));
        using Prefetch<TuningBatch> batches = new(Draw, first, total, _model.Device.type == DeviceType.CUDA);
        Stopwatch watch = Stopwatch.StartNew();
        int steps = 0;
        for (long step = first; step < total && !stopping.ShouldStop && !cancellationToken.IsCancellationRequested; step++)
        {
            using (TuningBatch batch = batches.Take(step))
            {
                Update(step, batch, sums);
            }

            steps++;
            long done = step + 1;
            bool last = done == total,
                log = done % _settings.LogEvery == 0 || last;
            bool validate = _validation.Count > 0 && _settings.ValidateEvery > 0 && (done % _settings.ValidateEvery == 0 || last);
            List<KeyValuePair<string, double>> values = [];
            if (log)
            {
                double[] means = sums.Means();
                values.AddRange([
                    new("divergence", means[0]),
                    new("location", means[1]),
                    new("gradient_norm", means[2]),
                    new("learning_rate", _settings.LearningRate.At(step)),
                    new("memory_mb", Environment.WorkingSet / 1048576.0),
                ]);
                sums.Reset();
            }

            if (validate)
            {
                values.AddRange(Validate());
                stopping.Add(done, values[^1].Value);
            }

            if (values.Count > 0)
            {
                curve.Add(done, values);
                progress?.Invoke(new TrainingProgress("tuning", done, total, steps / watch.Elapsed.TotalSeconds, values));
                steps = 0;
                watch.Restart();
            }

            bool checkpoint = done % _settings.CheckpointEvery == 0 || last;
            if (validate || checkpoint)
            {
                // In this order, so that a run that dies in between finds out that the rows of its state are the best.
                TrainingState.Save(statePath, _optimizer, _parameters, _fingerprint, NoteOf(sums));
                if (validate && stopping.BestStep == done)
                {
                    SaveBest(bestPath, done);
                }

                if (checkpoint || stopping.ShouldStop)
                {
                    Plot(curve, folder);
                }

                checkpointed?.Invoke(done);
            }
        }

        bool finished = _optimizer.Step >= total || stopping.ShouldStop;
        if (!finished)
        {
            TrainingState.Save(statePath, _optimizer, _parameters, _fingerprint, NoteOf(sums));
        }

        KeptStep = _optimizer.Step;
        if (finished && _settings.Patience > 0 && stopping.BestStep > 0)
        {
            LoadBest(bestPath, stopping.BestStep);
        }
    }

    /// <summary>Puts the learned rows into the model's embedding table, for grounding with the tuned prompts.</summary>
    public void Apply()
    {
        using IDisposable noGrad = no_grad();
        using Tensor index = tensor(_model.Vocabulary.Rows(Rows.Ids), dtype: ScalarType.Int64).MoveTo(_model.Device);
        _model.TextEncoder.TokenEmbedding.index_copy_(0, index, Rows.Weight);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Rows.Dispose();
    }

    /// <summary>One step; the host does not wait for the device.</summary>
    /// <param name="step">The step.</param>
    /// <param name="batch">What it looks at, from <see cref="Draw"/>.</param>
    /// <param name="sums">Receives divergence, location and the gradient's norm.</param>
    internal void Update(long step, TuningBatch batch, DeviceSums sums)
    {
        using DisposeScope scope = NewDisposeScope();
        GroundingLossResult loss = _objective.Losses(batch);
        loss.Total.backward();
        sums.Add(loss.Divergence.mean(), loss.Location.mean(), _optimizer.Update(_settings.LearningRate.At(step)));
    }

    /// <summary>What a step looks at: a function of seed and step alone.</summary>
    internal TuningBatch Draw(long step) => _objective.Draw(step, _trajectories, _samples);

    /// <summary>Mean losses on the validation samples.</summary>
    private KeyValuePair<string, double>[] Validate()
    {
        using IDisposable noGrad = no_grad();
        double divergence = 0,
            location = 0;
        foreach (TuningSample sample in _validation)
        {
            using DisposeScope scope = NewDisposeScope();
            using TuningBatch batch = _objective.Measured(sample, _held!);
            GroundingLossResult loss = _objective.Losses(batch);
            divergence += loss.Divergence.item<float>() / _validation.Count;
            location += loss.Location.item<float>() / _validation.Count;
        }

        double total = (_settings.Loss.DivergenceWeight * divergence) + (_settings.Loss.LocationWeight * location);
        return [new("validation_divergence", divergence), new("validation_location", location), new(ValidationColumn, total)];
    }

    /// <summary>What early stopping would know, had the run not been interrupted: the validation losses of the curve.</summary>
    private EarlyStopping StoppingOf(LearningCurve curve)
    {
        EarlyStopping stopping = new(_settings.Patience);
        foreach ((long step, IReadOnlyList<KeyValuePair<string, double>> row) in curve.Rows.OrderBy(row => row.Key))
        {
            foreach (KeyValuePair<string, double> value in row.Where(value => value.Key == ValidationColumn))
            {
                stopping.Add(step, value.Value);
            }
        }

        return stopping;
    }

    private static void Plot(LearningCurve curve, string folder) =>
        curve.Plot(
            Path.Combine(folder, "tuning.png"),
            "prompt tuning",
            "divergence",
            "location",
            "validation_divergence",
            "validation_location"
        );

    private void SaveBest(string path, long step)
    {
        if (_settings.Patience > 0)
        {
            SafetensorsWriter.Write(
                path,
                [Models.StateDictLoader.Payload("rows", Rows.Weight)],
                new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture) }
            );
        }
    }

    private void LoadBest(string path, long step)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("step") != step.ToString(CultureInfo.InvariantCulture))
        {
            throw new ArtifactException(
                $"{path}: holds the rows of step {file.Metadata.GetValueOrDefault("step")}, but the lowest validation loss is that of "
                    + $"step {step}; delete the folder to start again"
            );
        }

        using IDisposable noGrad = no_grad();
        using Tensor rows = Models.StateDictLoader.Read(file, "rows");
        Rows.Weight.copy_(rows);
        KeptStep = step;
    }

    /// <summary>What the next line of the learning curve is the mean of, as an interrupted run left it.</summary>
    private DeviceSums SumsOf(string note) =>
        note.Split(' ') is [var divergence, var location, var norm, var count]
            ? new(_model.Device, [Number(divergence), Number(location), Number(norm)], int.Parse(count, CultureInfo.InvariantCulture))
            : new(_model.Device, [0, 0, 0]);

    private static string NoteOf(DeviceSums sums)
    {
        double[] values = sums.Read();
        return string.Create(CultureInfo.InvariantCulture, $"{values[0]:R} {values[1]:R} {values[2]:R} {sums.Count}");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
