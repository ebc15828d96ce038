using System.CommandLine;
using CxrOnnx.Trainer.Settings;
using TorchSharp;

namespace CxrOnnx.Lab.Commands;

/// <summary>Options that the training commands share.</summary>
internal static class TrainingOptions
{
    public static Option<FileInfo> Config() =>
        new("--config") { Description = "Model configuration (YAML), for example models/cxr-phantom.yaml", Required = true };

    public static Option<FileInfo> Settings() =>
        new("--settings") { Description = "Training settings (YAML), for example pipelines/settings/phantom.yaml", Required = true };

    public static Option<DirectoryInfo> Tokenizer() =>
        new("--tokenizer")
        {
            Description = "Folder with vocab.json and merges.txt",
            DefaultValueFactory = _ => new DirectoryInfo("models/tokenizer"),
        };

    public static Option<DirectoryInfo> Run() =>
        new("--out") { Description = "Folder of the run: checkpoints, curves and caches", Required = true };

    /// <summary>Loads the settings and applies the number of threads.</summary>
    public static RunSettings Load(FileInfo file)
    {
        RunSettings settings = RunSettingsFile.Load(file.FullName);
        if (settings.Threads > 0)
        {
            torch.set_num_threads(settings.Threads);
        }

        return settings;
    }
}
