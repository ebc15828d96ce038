using System.CommandLine;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Training;
using TorchSharp;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab sample</c>: text to radiograph, to look at a model.</summary>
public static class SampleCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<string[]> prompts = new("prompts") { Description = "Phrases, one row of images each", Arity = ArgumentArity.OneOrMore };
        Option<DirectoryInfo> run = new("--run")
        {
            Description = "Folder of a training run, as cxr-lab pretrain writes it",
            Required = true,
        };
        Option<DirectoryInfo> tokenizer = TrainingOptions.Tokenizer();
        Option<FileInfo> output = new("--out") { Description = "PNG to write", Required = true };
        Option<int> columns = new("--count")
        {
            Description = "Images per phrase; the same noise in every row",
            DefaultValueFactory = _ => 4,
        };
        Option<int> steps = new("--steps") { Description = "Denoising steps", DefaultValueFactory = _ => 50 };
        Option<double> guidance = new("--guidance") { Description = "Guidance scale; 1 = none", DefaultValueFactory = _ => 2.5 };
        Option<int> seed = new("--seed") { Description = "Seed of the noise", DefaultValueFactory = _ => 0 };
        Option<string> device = TrainingOptions.Device();
        Option<DirectoryInfo?> libtorch = TrainingOptions.Libtorch();
        Command command = new("sample", "Draw radiographs from phrases with a trained model.")
        {
            prompts,
            run,
            tokenizer,
            output,
            columns,
            steps,
            guidance,
            seed,
            device,
            libtorch,
        };
        command.SetAction(
            (parse, _) =>
            {
                string folder = parse.GetRequiredValue(run).FullName;
                TorchDevice chosen = TorchDevice.Choose(parse.GetRequiredValue(device), parse.GetValue(libtorch)?.FullName);
                parse.InvocationConfiguration.Error.WriteLine(chosen);
                ModelConfiguration configuration = ModelConfigurationFile.Load(Path.Combine(folder, "model.yaml"));
                ClipTokenizer clip = ClipTokenizer.Load(parse.GetRequiredValue(tokenizer).FullName);
                using LatentDiffusionModel model = new(
                    configuration,
                    TrainingVocabulary.Of(clip),
                    TrainingVocabulary.Tokenization(clip),
                    seed: 0,
                    chosen.Device
                );
                model.Load(folder);
                using AutoencoderKL vae = RunFolder.LoadVae(folder, configuration, chosen.Device);
                using DisposeScope scope = torch.NewDisposeScope();
                using IDisposable noGrad = torch.no_grad();
                using StepRandom random = new(parse.GetValue(seed), stream: 0, step: 0);
                int count = parse.GetValue(columns);
                torch.Tensor images = ImageSampler.Images(
                    model,
                    vae,
                    parse.GetRequiredValue(prompts),
                    count,
                    random,
                    parse.GetValue(steps),
                    parse.GetValue(guidance)
                );
                ImageGrid.Save(parse.GetRequiredValue(output).FullName, images, count);
                parse.InvocationConfiguration.Output.WriteLine(parse.GetRequiredValue(output).FullName);
                return Task.FromResult(0);
            }
        );
        return command;
    }
}
