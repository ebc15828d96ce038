using System.Diagnostics;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = CxrOnnx.Trainer.Training.AdamW;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>Trains the autoencoder: absolute error, absolute error of the image gradients, and a small KL term.</summary>
/// <remarks>
/// Kingma and Welling 2014, arXiv:1312.6114; the weighting towards reconstruction follows Rombach et al. 2022, arXiv:2112.10752.
/// </remarks>
public sealed class VaeTraining : IDisposable
{
    private const int TrainingStream = 11;

    private readonly Device _device;
    private readonly VaeTrainingSettings _settings;
    private readonly RadiographCache _data;
    private readonly FlatParameters _parameters;
    private readonly AdamW _optimizer;
    private readonly string _fingerprint;

    /// <summary>Builds the model with seeded weights.</summary>
    /// <param name="configuration">The autoencoder.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="data">Training images; owned by the caller.</param>
    /// <param name="device">Where it computes; null = the CPU.</param>
    public VaeTraining(VaeConfiguration configuration, VaeTrainingSettings settings, RadiographCache data, Device? device = null)
    {
        _device = device ?? CPU;
        _settings = settings;
        _data = data;
        Model = new AutoencoderKL(configuration);
        WeightInitialization.Initialize(Model, settings.Seed);
        Model.to(_device);
        _parameters = new FlatParameters(("vae", Model));
        _optimizer = new AdamW(_parameters, settings.Optimizer);
        _fingerprint =
            $"{configuration with { NumChannels = [] }} [{string.Join(' ', configuration.NumChannels)}] "
            + $"{settings with { LogEvery = 0, CheckpointEvery = 0, LearningRate = new() }} {data.Fingerprint}";
    }

    /// <summary>The autoencoder, owned by this object.</summary>
    public AutoencoderKL Model { get; }

    /// <summary>Trains, or goes on training, and writes <c>autoencoder.safetensors</c> with the averaged weights.</summary>
    /// <param name="folder">Receives checkpoints, <c>vae.csv</c>, <c>vae.png</c> and a page of reconstructions.</param>
    /// <param name="progress">Told at every line of the learning curve.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    public void Run(string folder, Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        string statePath = Path.Combine(folder, "vae.state.safetensors");
        long first = TrainingState.Load(statePath, _optimizer, _parameters, _fingerprint);
        LearningCurve curve = new(Path.Combine(folder, "vae.csv"), first);
        Stopwatch watch = Stopwatch.StartNew();
        Model.train();
        long total = _settings.LearningRate.TotalSteps;
        using DeviceSums sums = new(_device, [0, 0, 0]);
        using Prefetch<VaeBatch> batches = new(Draw, first, total, _device.type == DeviceType.CUDA);
        for (long step = first; step < total && !cancellationToken.IsCancellationRequested; step++)
        {
            using (VaeBatch batch = batches.Take(step))
            {
                Step(step, batch, sums);
            }

            long done = step + 1;
            if (done % _settings.LogEvery == 0 || done == total)
            {
                double[] means = sums.Means();
                KeyValuePair<string, double>[] values =
                [
                    new("l1", means[0]),
                    new("edge", means[1]),
                    new("kl", means[2]),
                    new("learning_rate", _settings.LearningRate.At(step)),
                ];
                curve.Add(done, values);
                progress?.Invoke(new TrainingProgress("vae", done, total, sums.Count / watch.Elapsed.TotalSeconds, values));
                sums.Reset();
                watch.Restart();
            }

            if (done % _settings.CheckpointEvery == 0 || done == total)
            {
                Checkpoint(folder, statePath, curve);
            }
        }

        // A finished run whose checkpoint was removed, as a pipeline does with results of other settings, writes it again from its state.
        if (_optimizer.Step < total || !File.Exists(Path.Combine(folder, RunFolder.Autoencoder)))
        {
            Checkpoint(folder, statePath, curve);
        }
    }

    /// <summary>
    /// Standard deviation of the posterior mean over some images: 1 / this is a latent scale that gives latents of unit spread.
    /// </summary>
    /// <param name="images">How many of the first images to look at.</param>
    public double MeasureLatentSpread(int images = 256)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        _parameters.Assign(_optimizer.Average);
        List<Tensor> means = [];
        foreach (int[] batch in Enumerable.Range(0, Math.Min(images, _data.Records.Count)).Chunk(32))
        {
            means.Add(Model.Encode(_data.Images(batch).MoveTo(_device)).Mean);
        }

        double spread = cat(means).std().item<float>();
        _parameters.Assign(_optimizer.State["values"]);
        return spread;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Model.Dispose();
    }

    /// <summary>One step; the host does not wait for the device.</summary>
    /// <param name="step">The step.</param>
    /// <param name="batch">What it looks at, from <see cref="Draw"/>.</param>
    /// <param name="sums">Receives the absolute error, that of the image gradients, and the divergence.</param>
    internal void Step(long step, VaeBatch batch, DeviceSums sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = batch.Images.CopyTo(_device);
        (Tensor mean, Tensor sigma) = Model.Encode(images);
        Tensor reconstruction = Model.Decode(mean.Plus(sigma * batch.Noise.CopyTo(_device)));
        Tensor difference = reconstruction - images;
        Tensor l1 = difference.Absolute().mean();
        Tensor edge = difference.diff(dim: 2).Absolute().mean().Plus(difference.diff(dim: 3).Absolute().mean());
        Tensor variance = sigma.Squared();
        Tensor kl = (mean.Squared().Plus(variance).AddInPlace(-1) - variance.log()).mean().Times(0.5);
        l1.Plus(edge.Times(_settings.EdgeWeight)).Plus(kl.Times(_settings.KlWeight)).backward();
        _optimizer.Update(_settings.LearningRate.At(step));
        sums.Add(l1, edge, kl);
    }

    /// <summary>What a step looks at: a function of seed and step alone.</summary>
    internal VaeBatch Draw(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        using StepRandom random = new(_settings.Seed, TrainingStream, step);
        Tensor images = _data.Images([.. Enumerable.Range(0, _settings.BatchSize).Select(_ => random.Scalars.Next(_data.Records.Count))]);
        if (_settings.CropSize > 0 && step < _settings.LearningRate.TotalSteps - _settings.WholeImageSteps)
        {
            images = images
                .narrow(2, random.Scalars.Next(_data.Size - _settings.CropSize + 1), _settings.CropSize)
                .narrow(3, random.Scalars.Next(_data.Size - _settings.CropSize + 1), _settings.CropSize)
                .contiguous();
        }

        long[] size = images.shape;
        int factor = Model.Configuration.DownsamplingFactor;
        Tensor noise = random.Normal(size[0], Model.Configuration.LatentChannels, size[2] / factor, size[3] / factor);
        return new VaeBatch(images.Keep(_device), noise.Keep(_device));
    }

    private void Checkpoint(string folder, string statePath, LearningCurve curve)
    {
        TrainingState.Save(statePath, _optimizer, _parameters, _fingerprint);
        curve.Plot(Path.Combine(folder, "vae.png"), "autoencoder", "l1", "edge");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        _parameters.Assign(_optimizer.Average);
        StateDictLoader.Save(
            Model,
            Path.Combine(folder, RunFolder.Autoencoder),
            new Dictionary<string, string> { ["step"] = $"{_optimizer.Step}" }
        );
        Tensor images = _data.Images([.. Enumerable.Range(0, Math.Min(8, _data.Records.Count))]).MoveTo(_device);
        ImageGrid.Save(
            Path.Combine(folder, "vae-reconstructions.png"),
            cat([images, Model.Decode(Model.Encode(images).Mean)]),
            columns: (int)images.shape[0]
        );
        _parameters.Assign(_optimizer.State["values"]);
    }
}
