using System.CommandLine;
using CxrOnnx.Checkpoints;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Imaging;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.PromptTuning;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab tune</c>: prompt tuning of a pre-trained model.</summary>
public static class TuneCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<FileInfo> settings = TrainingOptions.Settings();
        Option<DirectoryInfo> tokenizer = TrainingOptions.Tokenizer();
        Option<DirectoryInfo> output = new("--out")
        {
            Description = "Folder for codebooks, atlas and curve; the model's checkpoints are looked for here unless given",
            Required = true,
        };
        Option<FileInfo?> config = new("--config") { Description = "Model configuration (YAML); default: model.yaml in --out" };
        Option<FileInfo?> unet = new("--unet")
        {
            Description =
                "U-Net checkpoint (.pth or .safetensors; FILE#KEY for a state dict in it); default: that of the training run in --out",
        };
        Option<FileInfo?> vae = new("--vae") { Description = "Autoencoder checkpoint; default likewise" };
        Option<FileInfo?> textEncoder = new("--text-encoder") { Description = "Text encoder checkpoint; default likewise" };
        Option<FileInfo?> data = new("--data")
        {
            Description = "Tuning set (tuning-set.jsonl of cxr-lab curate); without it: the phantom images of the training run in --out",
        };
        Option<DirectoryInfo?> images = new("--images") { Description = "Folder that the paths of the tuning set are relative to" };
        Option<FileInfo?> atlas = new("--atlas")
        {
            Description = "Where the locations lie (atlas.yaml of cxr-lab atlas); needed with --data",
        };
        Option<DirectoryInfo?> cache = new("--cache")
        {
            Description =
                "Folder for the latents and trajectories of the tuning set; runs that share it compute them once; default: data in --out",
        };
        Option<int> check = new("--check")
        {
            Description =
                "Held-out phantom findings to score frozen, tuned and prior on; 0 = none. A tuning set has no boxes to score on: use "
                + "cxr evaluate",
            DefaultValueFactory = _ => 100,
        };
        Option<string?> device = TrainingOptions.SettingsDevice();
        Option<DirectoryInfo?> libtorch = TrainingOptions.Libtorch();
        SavingCommand command = new(
            "tune",
            "Learn the location rows of the codebook; everything else stays frozen. An interrupted run continues where it stopped."
        )
        {
            settings,
            tokenizer,
            output,
            config,
            unet,
            vae,
            textEncoder,
            data,
            images,
            atlas,
            cache,
            check,
            device,
            libtorch,
        };
        command.SetAction(
            (parse, cancellation) =>
            {
                string folder = parse.GetRequiredValue(output).FullName;
                string PathOf(Option<FileInfo?> option, string name) => parse.GetValue(option)?.FullName ?? Path.Combine(folder, name);
                Action<string> report = parse.InvocationConfiguration.Error.WriteLine;
                (RunSettings run, TorchDevice chosen) = TrainingOptions.Load(
                    parse.GetRequiredValue(settings),
                    parse.GetValue(device),
                    parse.GetValue(libtorch),
                    report
                );
                ModelConfiguration configuration = ModelConfigurationFile.Load(PathOf(config, RunFolder.Configuration));
                ClipTokenizer clip = ClipTokenizer.Load(parse.GetRequiredValue(tokenizer).FullName);
                string unetPath = PathOf(unet, RunFolder.UNet),
                    vaePath = PathOf(vae, RunFolder.Autoencoder),
                    textPath = PathOf(textEncoder, RunFolder.TextEncoder);
                (FileInfo? set, DirectoryInfo? root, FileInfo? map) = (parse.GetValue(data), parse.GetValue(images), parse.GetValue(atlas));
                if (set is null ? root is not null || map is not null : root is null || map is null)
                {
                    throw new InputException(
                        "--data, --images and --atlas belong together: give all three, or none to tune on the phantom images of the "
                            + "training run"
                    );
                }

                string caches = parse.GetValue(cache)?.FullName ?? Path.Combine(folder, "data");
                using AutoencoderKL autoencoder = RunFolder.OpenVae(vaePath, configuration, chosen.Device);
                using TuningData source = set is null
                    ? TuningSources.OfPhantom(folder, configuration, run, autoencoder, report)
                    : TuningSources.OfFiles(
                        TuningSetFile.Read(set.FullName),
                        root!.FullName,
                        path => Preprocessor.ToModelInput(RadiographReader.Read(path).Image, configuration.Image.Size),
                        caches,
                        configuration,
                        autoencoder,
                        CheckpointPath.Parse(vaePath).Sha256(),
                        LocationAtlas.Load(map!.FullName),
                        run.Tuning.ValidateEvery > 0 ? run.Tuning.ValidationSamples : 0,
                        report,
                        cancellation
                    );
                using LatentDiffusionModel model = new(
                    configuration,
                    TrainingVocabulary.Of(clip),
                    TrainingVocabulary.Tokenization(clip),
                    seed: 0,
                    chosen.Device
                );
                model.Load(unetPath, textPath);
                int cases = parse.GetValue(check);
                GroundingCheck? held =
                    set is null && cases > 0 ? new GroundingCheck(source.Validation!, configuration.Image.Size, cases) : null;
                new Tuning(folder, caches, run.Tuning, clip, report).Run(
                    model,
                    $"unet {Identity(unetPath)} text {Identity(textPath)} vae {Identity(vaePath)}",
                    source,
                    held,
                    cancellation
                );
                parse.InvocationConfiguration.Output.WriteLine($"{Path.Combine(folder, RunFolder.Codebook)}: prompts tuned");
                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;
    }

    private static string Identity(string checkpoint) => CheckpointPath.Parse(checkpoint).Sha256()[..16];
}
