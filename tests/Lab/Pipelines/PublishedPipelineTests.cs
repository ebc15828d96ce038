using System.Diagnostics;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

/// <summary>
/// The pipelines for published data and weights, on tiny sets in the published layouts and a model that is too small to learn.
/// </summary>
[Trait("Category", "process")]
public sealed class PublishedPipelineTests : IDisposable
{
    private const string Model = "pipelines/settings/smoke-model.yaml";

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-published-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task DryRun_NothingThere_ListsWhatToFetchWithItsPlace()
    {
        (int code, string error) = await RunAsync("mimic-cxr", $"physionet={In("none")}", $"weights={In("none")}", "--dry-run");

        Assert.Equal(1, code);
        foreach (
            (string place, string file) in (ReadOnlySpan<(string, string)>)
                [
                    ("https://physionet.org/content/mimic-cxr-jpg/2.1.0/", "mimic-cxr-jpg/2.1.0/mimic-cxr-2.0.0-metadata.csv.gz"),
                    ("https://physionet.org/content/mimic-cxr/2.1.0/", "mimic-cxr/2.1.0/mimic-cxr-reports.zip"),
                    ("https://physionet.org/content/ms-cxr/1.1.0/", "ms-cxr/1.1.0/MS_CXR_Local_Alignment_v1.1.0.csv"),
                    ("https://physionet.org/content/vindr-cxr/1.0.0/", "vindr-cxr/1.0.0/annotations/annotations_test.csv"),
                    ("https://physionet.org/content/chest-imagenome/1.0.0/", "gold_bbox_coordinate_annotations_1000images.csv"),
                    ("large_files.yml", "models/diffusion_model.pth"),
                    ("stabilityai/stable-diffusion-2-1-base", "text_encoder/model.safetensors"),
                ]
        )
        {
            int at = error.IndexOf($"fetch from {place}", StringComparison.Ordinal);
            at = at < 0 ? error.IndexOf(place, StringComparison.Ordinal) : at;
            Assert.True(at >= 0 && error.IndexOf(file, at, StringComparison.Ordinal) > at, $"{place}: {file}\n{error}");
        }

        Assert.DoesNotContain("  models/cxr-ldm.yaml", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
    }

    [Fact]
    public async Task Run_PublishedLayouts_GiveBothTablesWithTheThirdPartiesInThem()
    {
        LongTest.SkipUnlessAsked();
        LabRun phantom = await LabRun.Of("phantom", "--out", In("phantom"), "--count", "40", "--size", "80x96", "--first", "0");
        Assert.True(phantom.ExitCode == 0, phantom.Error);
        PublishedLayout.Write(In("phantom"), In("physionet"), tuning: 28, msCxr: 6);
        await WriteWeights();
        string annotations = In("physionet/ms-cxr/1.1.0/MS_CXR_Local_Alignment_v1.1.0.csv");
        LabRun cases = await LabRun.Of("cxr", "cases", "--dataset", "ms-cxr", "--annotations", annotations, "--out", In("biovil"));
        Assert.True(cases.ExitCode == 0, cases.Error);
        AnswerAsBioViL();
        AnswerAsMaira();
        string[] settings =
        [
            $"physionet={In("physionet")}",
            $"weights={In("weights")}",
            $"config={Model}",
            $"frozen-config={Model}",
            "settings=pipelines/settings/smoke.yaml",
            "bootstrap=100",
            $"biovil-ms-cxr={In("biovil")}",
            $"maira-2-ms-cxr={In("maira.json")}",
        ];

        (int code, string error) = await RunAsync("mimic-cxr", [.. settings, "--dry-run"]);
        Assert.True(code == 0, error);
        (code, error) = await RunAsync("mimic-cxr", settings);
        Assert.True(code == 0, error);

        // Patients of MS-CXR and of the official test split are none of the tuning set's.
        string set = await File.ReadAllTextAsync(In("out/tuning-set/tuning-set.jsonl"), TestContext.Current.CancellationToken);
        Assert.Contains("p100000", set, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(28, 12), i => Assert.DoesNotContain($"p{10000000 + i}", set, StringComparison.Ordinal));
        string tables = await File.ReadAllTextAsync(In("out/tables/tables.md"), TestContext.Current.CancellationToken);
        string[] parts = tables.Split("## Table 2: vindr-cxr");
        Assert.Equal(2, parts.Length);
        Assert.Contains("## Table 1: ms-cxr", parts[0], StringComparison.Ordinal);
        Assert.All(["frozen", "tuned", "biovil", "maira-2", "prior", "oracle"], name => Assert.Contains($"\n| {name} | ", parts[0]));
        Assert.All(["frozen", "tuned", "prior", "oracle"], name => Assert.Contains($"\n| {name} | ", parts[1]));
        Assert.DoesNotContain("\n| biovil | ", parts[1], StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains("Quoted, not computed here", part, StringComparison.Ordinal));
        Assert.Contains("phrases have an answer without a box", parts[0], StringComparison.Ordinal);

        (code, error) = await RunAsync("mimic-cxr", settings);
        Assert.Equal(0, code);
        Assert.Contains("tables: up to date", error, StringComparison.Ordinal);
        Assert.DoesNotContain("done in", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PublishedCheckpoint_IsABundleThatVerifies()
    {
        await WriteWeights();

        (int code, string error) = await RunAsync("published-checkpoint", $"checkpoint={In("weights")}", $"config={Model}");

        Assert.True(code == 0, error);
        LabRun verify = await LabRun.Of("cxr", "verify", In("out/bundle"));
        Assert.True(verify.ExitCode == 0, verify.Error + verify.Output);
        Assert.Contains("pipeline", verify.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FolderOfNothing_IsOneClearLine()
    {
        await WriteWeights();
        Directory.Delete(In("weights/models"), recursive: true);

        (int code, string error) = await RunAsync("published-checkpoint", $"checkpoint={In("weights")}", $"config={Model}");

        Assert.Equal(2, code);
        Assert.Contains("nothing found for --unet, --vae", error, StringComparison.Ordinal);
    }

    private string In(string name) => Path.Combine(_folder, name);

    /// <summary>Random weights of the small configuration, laid out as MONAI's bundle and the text encoder beside it.</summary>
    private async Task WriteWeights()
    {
        LabRun init = await LabRun.Of("init", "--config", Path.Combine(Fixtures.Repository, Model), "--out", In("weights/models"));
        Assert.True(init.ExitCode == 0, init.Error);
        Directory.Move(In("weights/models/text_encoder"), In("weights/text_encoder"));
    }

    private void AnswerAsBioViL()
    {
        File.Move(In("biovil/cases.csv"), In("biovil/heatmaps.csv"));
        CsvTable table = CsvTable.Load(In("biovil/heatmaps.csv"));
        foreach ((int index, CsvTable.Row row) in table.Rows.Index())
        {
            float[] map = [.. Enumerable.Range(0, 15 * 15).Select(i => (float)Math.Sin((i * 0.37) + index))];
            NpyFile.Write(In("biovil/" + table.Text(row, "file")), map, 15, 15);
        }
    }

    private void AnswerAsMaira()
    {
        CsvTable table = CsvTable.Load(In("biovil/heatmaps.csv"));
        File.WriteAllText(
            In("maira.json"),
            JsonSerializer.Serialize(
                table.Rows.Select(
                    (row, index) =>
                        new
                        {
                            image_id = table.Text(row, "image_id"),
                            label_text = table.Text(row, "label_text"),
                            category_name = table.Text(row, "category_name"),
                            boxes = index == 0
                                ? Array.Empty<double[]>()
                                :
                                [
                                    [0.2, 0.3, 0.7, 0.9],
                                ],
                        }
                )
            )
        );
    }

    /// <summary>As a process of its own: the paths of a pipeline are relative to the current directory.</summary>
    private async Task<(int Code, string Error)> RunAsync(string pipeline, params string[] settings)
    {
        ProcessStartInfo start = new(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "cxr-lab.dll"),
                "run",
                $"pipelines/{pipeline}.yaml",
                "--folder",
                In("out"),
                .. settings.SelectMany(setting =>
                    setting.StartsWith("--", StringComparison.Ordinal) ? [setting] : (string[])["--set", setting]
                ),
            ]
        )
        {
            WorkingDirectory = Fixtures.Repository,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await output;
        return (process.ExitCode, error);
    }
}
