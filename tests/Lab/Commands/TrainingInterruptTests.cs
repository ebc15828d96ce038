using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Commands;

/// <summary>Ctrl-C and a scheduler's SIGTERM cost a training run nothing but the running step.</summary>
[Trait("Category", "process")]
public sealed class TrainingInterruptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-interrupt-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Pretrain_Signalled_WritesACheckpointAndGoesOn(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill");
        string settings = Settings(100_000);
        using Process process = Start(settings);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        List<string> lines = [];
        bool signalled = false;
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (!signalled && line.StartsWith("vae ", StringComparison.Ordinal))
            {
                using Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
                signalled = true;
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(signalled, string.Join('\n', lines));
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("error: interrupted", lines[^1]);
        Assert.Equal("", await output);
        Assert.False(File.Exists(Path.Combine(_folder, "run", "model.yaml")), "a model that is not trained is described");
        long steps = Steps();
        Assert.InRange(steps, 2, 99_999);

        // It goes on from there: a schedule that ends two steps later takes two more steps.
        LabRun rest = await LabRun.Of(Arguments(Settings(steps + 2)));
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(steps + 2, Steps());
        Assert.DoesNotContain($"vae {steps}/", rest.Error, StringComparison.Ordinal);
    }

    private long Steps()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "run", "autoencoder.safetensors"));
        return long.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
    }

    private string Settings(long steps)
    {
        string path = Path.Combine(_folder, "settings.yaml");
        File.WriteAllText(
            path,
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
        return path;
    }

    private string[] Arguments(string settings) =>
        [
            "pretrain",
            "vae",
            "--config",
            Path.Combine(Fixtures.Repository, "pipelines", "settings", "smoke-model.yaml"),
            "--settings",
            settings,
            "--out",
            Path.Combine(_folder, "run"),
        ];

    private Process Start(string settings)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

        // A test run in the background of a shell inherits an ignored SIGINT, which a .NET program then ignores as well.
        return Process.Start(
            new ProcessStartInfo(
                "env",
                ["--default-signal=INT", host, Path.Combine(AppContext.BaseDirectory, "cxr-lab.dll"), .. Arguments(settings)]
            )
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
    }
}
