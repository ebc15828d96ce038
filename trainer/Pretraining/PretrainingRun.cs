using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>
/// The stages from nothing to a pre-trained model, each of which continues where it was interrupted: image caches, autoencoder, denoiser
/// and text encoder. Everything is written below one folder.
/// </summary>
/// <param name="folder">Folder of the run.</param>
/// <param name="configuration">
/// The model; its latent scale is a first guess that the autoencoder stage replaces by the measured one.
/// </param>
/// <param name="settings">Settings of the run.</param>
/// <param name="report">Receives one line per event.</param>
/// <param name="device">Where it computes; null = the CPU. Files do not depend on it: a run may go on elsewhere.</param>
public sealed class PretrainingRun(
    string folder,
    ModelConfiguration configuration,
    RunSettings settings,
    Action<string> report,
    Device? device = null
)
{
    private readonly Device _device = device ?? CPU;

    private static readonly string[] SamplePrompts =
    [
        string.Empty,
        "cardiomegaly",
        "left pleural effusion",
        "right pleural effusion",
        "right upper pneumonia",
        "left lower consolidation",
        "right apical pneumothorax",
        "pulmonary edema",
    ];

    /// <summary>The settings of the run.</summary>
    public RunSettings Settings => settings;

    /// <summary>The model's configuration with the measured latent scale, written by <see cref="TrainVae"/>.</summary>
    public string ConfigurationPath => Path.Combine(folder, RunFolder.Configuration);

    /// <summary>The training images.</summary>
    public RadiographCache OpenTrainingImages() => Open("train", 0, settings.Data.TrainingImages);

    /// <summary>The held-out images.</summary>
    public RadiographCache OpenValidationImages() => Open("validation", settings.Data.ValidationStart, settings.Data.ValidationImages);

    /// <summary>Trains the autoencoder and writes <c>autoencoder.safetensors</c> and <c>model.yaml</c>.</summary>
    public void TrainVae(CancellationToken cancellationToken)
    {
        using RadiographCache images = OpenTrainingImages();
        using VaeTraining training = new(configuration.Vae, settings.Vae, images, _device);
        training.Run(folder, progress => report(progress.ToString()), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        double spread = training.MeasureLatentSpread();
        double scale = Math.Round(1 / spread, 3);
        report(string.Create(CultureInfo.InvariantCulture, $"latents have standard deviation {spread:0.0000}: latent_scale {scale}"));
        AtomicFile.WriteText(
            ConfigurationPath,
            ModelConfigurationFile.ToYaml(configuration with { Image = configuration.Image with { LatentScale = scale } })
        );
    }

    /// <summary>Trains the text encoder on text alone and writes <c>text/model.safetensors</c>.</summary>
    /// <param name="tokenize">Text to ids.</param>
    /// <param name="vocabulary">Ids that captions can contain.</param>
    /// <param name="cancellationToken">Stops after the running step; nothing is kept then.</param>
    public void TrainText(PromptTokenization tokenize, CompactVocabulary vocabulary, CancellationToken cancellationToken)
    {
        using LatentDiffusionModel model = new(configuration, vocabulary, tokenize, settings.Text.Seed, _device);
        if (settings.Text.Objective == TextObjective.Language)
        {
            report($"text: {settings.Text.Reports} reports from index {settings.Text.ReportsStart}, {vocabulary.Ids.Count} token ids");
            using LanguageTraining training = new(model, settings.Text, ReportTexts.Of(settings.Data), tokenize);
            training.Run(progress => report(progress.ToString()), cancellationToken);
        }
        else
        {
            using TextTraining training = new(model, settings.Text);
            training.Run(progress => report(progress.ToString()), cancellationToken);
        }

        Dictionary<string, string> metadata = new() { ["settings"] = settings.Text.ToString() };
        model.SaveTextEncoder(Path.Combine(folder, RunFolder.PretrainedText), metadata, settings.Text.Seed);
    }

    /// <summary>
    /// Trains text encoder and U-Net and writes <c>diffusion_model.safetensors</c> and <c>text_encoder/model.safetensors</c>.
    /// </summary>
    /// <param name="tokenize">Text to ids.</param>
    /// <param name="vocabulary">Ids that captions can contain.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    public void TrainDiffusion(PromptTokenization tokenize, CompactVocabulary vocabulary, CancellationToken cancellationToken)
    {
        ModelConfiguration measured = Measured();
        AtomicFile.WriteText(ConfigurationPath, ModelConfigurationFile.ToYaml(measured));
        using AutoencoderKL vae = RunFolder.LoadVae(folder, measured, _device);
        using LatentDataSet validation = Latents("validation", vae, measured, OpenValidationImages());
        using LatentDataSet training = Latents("train", vae, measured, OpenTrainingImages());
        using LatentDiffusionModel model = new(measured, vocabulary, tokenize, settings.Diffusion.Seed, _device);
        if (settings.Diffusion.FrozenTextEncoder)
        {
            model.FreezeTextEncoder(Path.Combine(folder, RunFolder.PretrainedText));
        }

        using DiffusionTraining run = new(
            model,
            settings.Diffusion,
            settings.Captions,
            training,
            validation,
            settings.Captions.Report > 0 ? ReportTexts.Of(settings.Data) : null
        );
        report(
            $"diffusion: {run.ParameterCount} parameters, {vocabulary.Ids.Count} token ids, {training.Records.Count} images, to step "
                + $"{settings.Diffusion.EndStep}"
        );
        run.Run(folder, progress => report(progress.ToString()), (average, step) => WriteSamples(average, vae, step), cancellationToken);
    }

    /// <summary>The model with the latent scale that the autoencoder stage measured.</summary>
    public ModelConfiguration Measured() =>
        configuration with
        {
            Image = configuration.Image with { LatentScale = ModelConfigurationFile.Load(ConfigurationPath).Image.LatentScale },
        };

    /// <summary>The latents of a cache, encoded at the first call; disposes the cache.</summary>
    public LatentDataSet Latents(string name, AutoencoderKL vae, ModelConfiguration measured, RadiographCache images)
    {
        using RadiographCache owned = images;
        return LatentDataSet.OpenOrEncode(
            Path.Combine(folder, "data", $"{name}.latents.safetensors"),
            Sha256.OfFile(Path.Combine(folder, RunFolder.Autoencoder)),
            vae,
            owned,
            measured.Image.LatentScale,
            done => ReportEvery(4096, done, $"{name}: encoded")
        );
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
        Tensor images = ImageSampler.Images(model, vae, SamplePrompts, Columns, random, steps: 25, guidance: 2.5);
        ImageGrid.Save(Path.Combine(folder, $"samples-{step:000000}.png"), images, Columns * 2, zoom: 2);
    }

    private RadiographCache Open(string name, long first, int count)
    {
        report($"{name} images: {count} from index {first}");
        return PhantomData.OpenOrMake(
            Path.Combine(folder, "data", name),
            settings.Data.Phantom(configuration.Image.Size),
            first,
            count,
            configuration.Image.Size,
            Environment.ProcessorCount
        );
    }

    private void ReportEvery(int interval, int done, string what)
    {
        if (done % interval == 0)
        {
            report($"{what} {done}");
        }
    }
}
