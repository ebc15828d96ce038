using System.Globalization;
using CxrOnnx.Tests;

namespace CxrOnnx.Lab.Tests;

/// <summary>An autoencoder that trains in milliseconds a step, for as many steps as a test wants to watch or to stop.</summary>
internal static class TinyTraining
{
    /// <summary>Writes its settings into a folder and gives the command line that trains it there.</summary>
    public static string[] Arguments(string folder, long steps)
    {
        string settings = Path.Combine(folder, "settings.yaml");
        File.WriteAllText(
            settings,
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                threads: 1
                data: { training_images: 8, validation_images: 4 }
                vae:
                  batch_size: 2
                  crop_size: 32
                  whole_image_steps: 0
                  learning_rate: { peak: 0.001, warm_up_steps: 1, total_steps: {{steps}} }
                  log_every: 2
                  checkpoint_every: 100000
                """
            )
        );
        return
        [
            "pretrain",
            "vae",
            "--config",
            Path.Combine(Fixtures.Repository, "pipelines", "settings", "smoke-model.yaml"),
            "--settings",
            settings,
            "--out",
            Path.Combine(folder, "run"),
        ];
    }

    /// <summary>The same for a process of its own, behind options of <c>env</c>.</summary>
    public static string[] Process(string folder, long steps)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return [host, Path.Combine(AppContext.BaseDirectory, "cxr-lab.dll"), .. Arguments(folder, steps)];
    }
}
