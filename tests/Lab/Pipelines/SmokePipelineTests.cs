using System.Diagnostics;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

/// <summary>The whole chain through the command as a user types it, with a model that is too small to learn anything.</summary>
[Trait("Category", "process")]
public sealed class SmokePipelineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-smoke-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_SmokePipeline_MakesABundleThatVerifiesAndFiniteScores()
    {
        (int code, string error) = await RunAsync("pipelines/smoke.yaml");
        Assert.True(code == 0, error);
        LabRun verify = await LabRun.Of("cxr", "verify", In("smoke"));
        Assert.True(verify.ExitCode == 0, verify.Error + verify.Output);

        using JsonDocument evaluation = JsonDocument.Parse(
            await File.ReadAllTextAsync(In("evaluation/evaluation.json"), TestContext.Current.CancellationToken)
        );
        JsonElement[] systems = [.. evaluation.RootElement.GetProperty("systems").EnumerateArray()];
        Assert.Equal(4, systems.Length);
        Assert.All(systems, system => Assert.All(["cnr", "miou", "auroc"], metric => Assert.True(double.IsFinite(Mean(system, metric)))));

        // Only rows that the codebook calls learned differ from the frozen ones; few samples do not name every location, so not all of them
        // do.
        using SafetensorsFile tuned = SafetensorsFile.Open(In("tuned/codebook.safetensors")),
            frozen = SafetensorsFile.Open(In("tuned/codebook-frozen.safetensors"));
        long[] learned = tuned.ReadInt64("learned");
        float[] after = tuned.ReadFloat32("token_embedding.weight"),
            before = frozen.ReadFloat32("token_embedding.weight");
        int width = after.Length / learned.Length;
        Assert.Equal(26, learned.Count(flag => flag == 1));
        int[] changed =
        [
            .. Enumerable
                .Range(0, learned.Length)
                .Where(row => !after.AsSpan(row * width, width).SequenceEqual(before.AsSpan(row * width, width))),
        ];
        Assert.All(changed, row => Assert.Equal(1, learned[row]));
        Assert.InRange(changed.Length, 10, 26);

        (code, error) = await RunAsync("pipelines/smoke.yaml");
        Assert.Equal(0, code);
        Assert.DoesNotContain("done in", error, StringComparison.Ordinal);
        Assert.Contains("evaluate: up to date", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ReportsSmokePipeline_GroundsTheFrozenModelWithReportsAndTheTunedOneWithPrompts()
    {
        LongTest.SkipUnlessAsked();
        (int code, string error) = await RunAsync("pipelines/phantom-reports-smoke.yaml");
        Assert.True(code == 0, error);

        using JsonDocument evaluation = JsonDocument.Parse(
            await File.ReadAllTextAsync(In("evaluation-b/evaluation.json"), TestContext.Current.CancellationToken)
        );
        JsonElement[] systems = [.. evaluation.RootElement.GetProperty("systems").EnumerateArray()];
        Assert.Equal(
            ["tuned", "frozen", "frozen-standard", "frozen-as-tuned", "prior", "prior-wide", "oracle"],
            systems.Select(system => system.GetProperty("name").GetString())
        );
        Assert.Contains("standard prompts", systems[0].GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Contains("sentences of the reports", systems[1].GetProperty("description").GetString(), StringComparison.Ordinal);
        using Bundle frozen = Bundle.Open(In("frozen")),
            tuned = Bundle.Open(In("tuned-bundle"));
        Assert.True(frozen.Manifest.Model.Grounding.Otsu);
        Assert.False(tuned.Manifest.Model.Grounding.Otsu);
        Assert.Equal(("open", "closed"), (frozen.Manifest.Vocabulary.Kind, tuned.Manifest.Vocabulary.Kind));

        // Every row of a location learns, also the six that a pathology shares.
        using SafetensorsFile codebook = SafetensorsFile.Open(In("tuned/codebook.safetensors"));
        Assert.Equal(26, codebook.ReadInt64("learned").Count(flag => flag == 1));

        foreach (string name in new[] { "attention-frozen.json", "attention-tuned.json" })
        {
            using JsonDocument attention = JsonDocument.Parse(await File.ReadAllTextAsync(In(name), TestContext.Current.CancellationToken));
            foreach (
                IGrouping<string, JsonElement> layer in attention
                    .RootElement.GetProperty("groups")
                    .EnumerateArray()
                    .GroupBy(row => row.GetProperty("layer").GetString()!)
            )
            {
                Assert.Equal(1, layer.Sum(row => row.GetProperty("share").GetDouble()), 1e-3);
            }
        }
    }

    private static double Mean(JsonElement system, string metric) =>
        system.GetProperty("average").GetProperty(metric).GetProperty("mean").GetDouble();

    private string In(string name) => Path.Combine(_folder, name);

    /// <summary>As a process of its own: the paths of a pipeline are relative to the current directory.</summary>
    private async Task<(int Code, string Error)> RunAsync(string pipeline)
    {
        ProcessStartInfo start = new(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
                ?? Path.Combine(
                    System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(),
                    "..",
                    "..",
                    "..",
                    OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"
                ),
            [Path.Combine(AppContext.BaseDirectory, "cxr-lab.dll"), "run", pipeline, "--folder", _folder]
        )
        {
            WorkingDirectory = Fixtures.Repository,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
