using System.CommandLine;
using CxrOnnx.Trainer.Devices;
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

    /// <summary>The device, where the settings file has a key for it too.</summary>
    public static Option<string?> SettingsDevice() =>
        new("--device")
        {
            Description = "What libtorch computes on: auto, cpu, cuda or cuda:N (default: the settings' device, else auto)",
            HelpName = "NAME",
        };

    /// <summary>The device, where there is no settings file.</summary>
    /// <param name="fallback">What is taken without the option.</param>
    /// <param name="why">Behind the description: why that.</param>
    public static Option<string> Device(string fallback = "auto", string why = "") =>
        new("--device")
        {
            Description = $"What libtorch computes on: auto, cpu, cuda or cuda:N{why}",
            DefaultValueFactory = _ => fallback,
            HelpName = "NAME",
        };

    public static Option<DirectoryInfo?> Libtorch() =>
        new("--libtorch")
        {
            Description =
                "Folder of libtorch's libraries, for example site-packages/torch/lib (default: CXR_LIBTORCH, else the "
                + "program's own, else that of an installed PyTorch)",
        };

    /// <summary>Loads the settings, chooses the device, says which, and applies the number of threads.</summary>
    public static (RunSettings Settings, TorchDevice Device) Load(
        FileInfo file,
        string? device,
        DirectoryInfo? libtorch,
        Action<string> report
    )
    {
        RunSettings settings = RunSettingsFile.Load(file.FullName);
        TorchDevice chosen = TorchDevice.Choose(device ?? settings.Device, libtorch?.FullName, settings.Tf32);
        report(chosen.IsCuda ? $"{chosen}; TF32 {(settings.Tf32 ? "allowed" : "not allowed")}" : chosen.ToString());
        if (settings.Threads > 0)
        {
            torch.set_num_threads(settings.Threads);
        }

        return (settings, chosen);
    }
}
