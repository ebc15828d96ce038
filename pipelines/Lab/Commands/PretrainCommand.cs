using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab pretrain</c>: autoencoder, then text encoder and U-Net, on synthetic radiographs.</summary>
public static class PretrainCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create() =>
        new("pretrain", "Train a small model from nothing on synthetic radiographs. An interrupted run continues where it stopped.")
        {
            Stage(
                "vae",
                "Train the autoencoder; writes autoencoder.safetensors and model.yaml with the measured latent scale.",
                (run, _, cancellation) => run.TrainVae(cancellation)
            ),
            Stage(
                "text",
                "Train the text encoder on text alone, prompts or reports; writes text/model.safetensors.",
                (run, tokenizer, cancellation) =>
                {
                    ClipTokenizer clip = ClipTokenizer.Load(tokenizer);
                    run.TrainText(TrainingVocabulary.Tokenization(clip), TrainingVocabulary.Of(clip, run.Settings), cancellation);
                }
            ),
            Stage(
                "diffusion",
                "Train text encoder and U-Net on the autoencoder's latents; writes diffusion_model.safetensors and "
                    + "text_encoder/model.safetensors.",
                (run, tokenizer, cancellation) =>
                {
                    ClipTokenizer clip = ClipTokenizer.Load(tokenizer);
                    run.TrainDiffusion(TrainingVocabulary.Tokenization(clip), TrainingVocabulary.Of(clip, run.Settings), cancellation);
                }
            ),
        };

    private static Command Stage(string name, string description, Action<PretrainingRun, string, CancellationToken> train)
    {
        Option<FileInfo> config = TrainingOptions.Config();
        Option<FileInfo> settings = TrainingOptions.Settings();
        Option<DirectoryInfo> tokenizer = TrainingOptions.Tokenizer();
        Option<DirectoryInfo> output = TrainingOptions.Run();
        Option<string?> device = TrainingOptions.SettingsDevice();
        Option<DirectoryInfo?> libtorch = TrainingOptions.Libtorch();
        SavingCommand command = new(name, description) { config, settings, tokenizer, output, device, libtorch };
        command.SetAction(
            (parse, cancellation) =>
            {
                Action<string> report = parse.InvocationConfiguration.Error.WriteLine;
                (RunSettings run, TorchDevice chosen) = TrainingOptions.Load(
                    parse.GetRequiredValue(settings),
                    parse.GetValue(device),
                    parse.GetValue(libtorch),
                    report
                );
                PretrainingRun pretraining = new(
                    parse.GetRequiredValue(output).FullName,
                    ModelConfigurationFile.Load(parse.GetRequiredValue(config).FullName),
                    run,
                    report,
                    chosen.Device
                );
                train(pretraining, parse.GetRequiredValue(tokenizer).FullName, cancellation);
                cancellation.ThrowIfCancellationRequested();
                parse.InvocationConfiguration.Output.WriteLine($"{parse.GetRequiredValue(output).FullName}: {name} trained");
                return Task.FromResult(0);
            }
        );
        return command;
    }
}
