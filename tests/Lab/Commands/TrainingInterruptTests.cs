using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core.Artifacts;
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
        using Process process = Start();
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
        LabRun rest = await LabRun.Of(TinyTraining.Arguments(_folder, steps + 2));
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(steps + 2, Steps());
        Assert.DoesNotContain($"vae {steps}/", rest.Error, StringComparison.Ordinal);
    }

    private long Steps()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "run", "autoencoder.safetensors"));
        return long.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
    }

    private Process Start() =>
        // A test run in the background of a shell inherits an ignored SIGINT, which a .NET program then ignores as well.
        Process.Start(
            new ProcessStartInfo("env", ["--default-signal=INT", .. TinyTraining.Process(_folder, 100_000)])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
}
