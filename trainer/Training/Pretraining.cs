using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Phantom;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>
/// The stages from nothing to a pre-trained model, each of which continues where it was interrupted: image caches, autoencoder, denoiser and text encoder.
/// Everything is written below one folder.
/// </summary>
/// <param name="folder">Folder of the run.</param>
/// <param name="configuration">The model; its latent scale is a first guess that the autoencoder stage replaces by the measured one.</param>
/// <param name="settings">Settings of the run.</param>
/// <param name="report">Receives one line per event.</param>
public sealed class Pretraining(string folder, ModelConfiguration configuration, RunSettings settings, Action<string> report)
{
    private const int AtlasImages = 500;

    private static readonly string[] SamplePrompts =
    [
        string.Empty, "cardiomegaly", "left pleural effusion", "right pleural effusion",
        "right upper pneumonia", "left lower consolidation", "right apical pneumothorax", "pulmonary edema",
    ];

    /// <summary>The model's configuration with the measured latent scale, written by <see cref="TrainVae"/>.</summary>
    public string ConfigurationPath => Path.Combine(folder, RunFolder.Configuration);

    /// <summary>The training images.</summary>
    public RadiographCache OpenTrainingImages() => Open("train", settings.Data, 0, settings.Data.TrainingImages);

    /// <summary>The held-out images.</summary>
    public RadiographCache OpenValidationImages() => Open("validation", settings.Data, settings.Data.ValidationStart, settings.Data.ValidationImages);

    /// <summary>Trains the autoencoder and writes <c>autoencoder.safetensors</c> and <c>model.yaml</c>.</summary>
    public void TrainVae(CancellationToken cancellationToken)
    {
        using RadiographCache images = OpenTrainingImages();
        using VaeTraining training = new(configuration.Vae, settings.Vae, images);
        training.Run(folder, progress => report(progress.ToString()), cancellationToken);
        double spread = training.MeasureLatentSpread();
        double scale = Math.Round(1 / spread, 3);
        report(string.Create(CultureInfo.InvariantCulture, $"latents have standard deviation {spread:0.0000}: latent_scale {scale}"));
        AtomicFile.WriteText(ConfigurationPath, ModelConfigurationFile.ToYaml(configuration with { Image = configuration.Image with { LatentScale = scale } }));
    }

    /// <summary>Trains the text encoder on prompts alone and writes <c>text/model.safetensors</c>.</summary>
    /// <param name="tokenize">Text to ids.</param>
    /// <param name="vocabulary">Ids that captions can contain.</param>
    /// <param name="cancellationToken">Stops after the running step; nothing is kept then.</param>
    public void TrainText(PromptTokenization tokenize, CompactVocabulary vocabulary, CancellationToken cancellationToken)
    {
        using LatentDiffusionModel model = new(configuration, vocabulary, tokenize, settings.Text.Seed);
        using TextTraining training = new(model, settings.Text);
        training.Run(progress => report(progress.ToString()), cancellationToken);
        Dictionary<string, string> metadata = new() { ["settings"] = settings.Text.ToString() };
        model.SaveTextEncoder(Path.Combine(folder, RunFolder.PretrainedText), metadata, settings.Text.Seed);
    }

    /// <summary>Trains text encoder and U-Net and writes <c>diffusion_model.safetensors</c> and <c>text_encoder/model.safetensors</c>.</summary>
    /// <param name="tokenize">Text to ids.</param>
    /// <param name="vocabulary">Ids that captions can contain.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    public void TrainDiffusion(PromptTokenization tokenize, CompactVocabulary vocabulary, CancellationToken cancellationToken)
    {
        ModelConfiguration measured = Measured();
        AtomicFile.WriteText(ConfigurationPath, ModelConfigurationFile.ToYaml(measured));
        using AutoencoderKL vae = RunFolder.LoadVae(folder, measured);
        using LatentDataSet validation = Latents("validation", vae, measured, OpenValidationImages());
        long? phaseStart = null;
        DiffusionPhase[] phases = [new() { Data = settings.Data, Captions = settings.Captions, Diffusion = settings.Diffusion }, .. settings.LaterPhases];
        (string Name, DataSettings Data) images = ("train", settings.Data);
        foreach ((int index, DiffusionPhase phase) in phases.Index())
        {
            if (index > 0 && phase.Data is { } data) images = ($"train-{index + 1}", data);
            long total = phase.Diffusion.EndStep;
            bool done = TrainingState.StepOf(Path.Combine(folder, RunFolder.DiffusionState)) >= total;
            if (!done && !cancellationToken.IsCancellationRequested)
            {
                using LatentDataSet training = Latents(images.Name, vae, measured, Open(images.Name, images.Data, 0, images.Data.TrainingImages));
                using LatentDiffusionModel model = new(measured, vocabulary, tokenize, settings.Diffusion.Seed);
                if (phase.Diffusion.FrozenTextEncoder) model.FreezeTextEncoder(Path.Combine(folder, RunFolder.PretrainedText));
                LocationAtlas atlas = PhantomAtlas.Build(PhantomSettings.Preset(images.Data.Preset) with { Seed = images.Data.Seed }, first: 0, AtlasImages);
                using DiffusionTraining run = new(model, phase.Diffusion, phase.Captions, training, validation, atlas);
                report($"phase {index + 1}: {run.ParameterCount} parameters, {vocabulary.Ids.Count} token ids, {training.Records.Count} images, to step {total}");
                run.Run(folder, progress => report(progress.ToString()), (average, step) => WriteSamples(average, vae, step), phaseStart, cancellationToken);
            }

            phaseStart = total;
        }
    }

    /// <summary>The model with the latent scale that the autoencoder stage measured.</summary>
    public ModelConfiguration Measured() => configuration with
    {
        Image = configuration.Image with { LatentScale = ModelConfigurationFile.Load(ConfigurationPath).Image.LatentScale },
    };

    /// <summary>The latents of a cache, encoded at the first call; disposes the cache.</summary>
    public LatentDataSet Latents(string name, AutoencoderKL vae, ModelConfiguration measured, RadiographCache images)
    {
        using RadiographCache owned = images;
        return LatentDataSet.OpenOrEncode(
            Path.Combine(folder, "data", $"{name}.latents.safetensors"), Sha256.OfFile(Path.Combine(folder, RunFolder.Autoencoder)),
            vae, owned, measured.Image.LatentScale, done => ReportEvery(4096, done, $"{name}: encoded"));
    }

    /// <summary>Writes a page of samples: one row per prompt, the same noise in every row.</summary>
    /// <param name="model">Model.</param>
    /// <param name="vae">Autoencoder.</param>
    /// <param name="step">Goes into the file's name.</param>
    public void WriteSamples(LatentDiffusionModel model, AutoencoderKL vae, long step)
    {
        const int Columns = 3;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using StepRandom random = new(settings.Diffusion.Seed, stream: 41, step: 0);
        int side = configuration.Image.Size / configuration.Vae.DownsamplingFactor;
        Tensor noise = random.Normal(Columns, configuration.Vae.LatentChannels, side, side);
        string[] prompts = [.. SamplePrompts.SelectMany(prompt => Enumerable.Repeat(prompt, Columns))];
        Tensor latents = Trajectory.Sample(model, noise.repeat(SamplePrompts.Length, 1, 1, 1), prompts, steps: 25, guidance: 2.5);
        ImageGrid.Save(Path.Combine(folder, $"samples-{step:000000}.png"), vae.Decode(latents / model.Configuration.Image.LatentScale), Columns * 2, zoom: 2);
    }

    private RadiographCache Open(string name, DataSettings data, long first, int count)
    {
        report($"{name} images: {count} from index {first}");
        return PhantomData.OpenOrMake(
            Path.Combine(folder, "data", name), data.Phantom(configuration.Image.Size), first, count, configuration.Image.Size, threads: 2);
    }

    private void ReportEvery(int interval, int done, string what)
    {
        if (done % interval == 0) report($"{what} {done}");
    }
}
