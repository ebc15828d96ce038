using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>What <c>cxr batch</c> writes besides its lines, and how it saves many phrases of one image.</summary>
[Trait("Category", "slow")]
public sealed class BatchOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BatchOutputTests() => TestImages.Radiograph(_folder.Path, "\u80f8.png");

    private string Results => _folder.File("out/results.jsonl");

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Batch(string rows, params string[] arguments)
    {
        string manifest = _folder.Write("m.csv", "image,phrase\n" + rows);
        return CliTest.Run([
            "batch",
            manifest,
            "--preset",
            "turbo",
            "--out",
            _folder.File("out"),
            "--bundle",
            TinyBundle.Folder,
            .. arguments,
        ]);
    }

    private static JsonElement[] Lines(string path) => [.. File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    [Fact]
    public async Task Batch_Overlays_AreNamedInTheirLinesAndThere()
    {
        CliRun run = await Batch("\u80f8.png,right edema\n\u80f8.png,left edema\n", "--overlays");

        Assert.True(run.Code == 0, run.Error);
        string[] overlays = [.. Lines(Results).Select(line => line.GetProperty("overlay").GetString()!)];
        Assert.Equal(["overlays/0000000.\u80f8.right-edema.overlay.png", "overlays/0000000.\u80f8.left-edema.overlay.png"], overlays);
        Assert.All(overlays, file => Assert.Equal((byte)'P', File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(Results)!, file))[1]));
        Assert.Contains("overlays, each named in its line", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_HeatmapsOnTheModelsGrid_SayWhereTheyLie()
    {
        CliRun run = await Batch("\u80f8.png,right edema\n", "--heatmaps", "--heatmap-grid", "model", "--heatmap-type", "float16");

        Assert.True(run.Code == 0, run.Error);
        JsonElement line = Assert.Single(Lines(Results));
        Assert.Equal([0.0, 12, 96, 96], line.GetProperty("field_of_view").EnumerateArray().Select(value => value.GetDouble()));
        (_, int[] shape) = NpyFile.Read(Path.Combine(Path.GetDirectoryName(Results)!, line.GetProperty("heatmap").GetString()!));
        Assert.Equal(shape[0], shape[1]);
        (await Batch("\u80f8.png,right edema\n", "--heatmap-type", "float16", "--resume")).AssertRefused("give --heatmaps");
    }

    [Fact]
    public async Task Batch_CsvAfterResume_HoldsEveryLineQuoted()
    {
        Assert.Equal(0, (await Batch("\u80f8.png,right edema\n")).Code);
        CliRun run = await Batch(
            "\u80f8.png,right edema\n\u80f8.png,\"edema, left \"\"lower\"\"\"\nnone.png,edema\n",
            "--resume",
            "--csv",
            "--keep-going"
        );

        Assert.Equal(2, run.Code);
        CsvTable table = CsvTable.Load(_folder.File("out/results.csv"));
        Assert.Equal(["right edema", "edema, left \"lower\"", "edema"], table.Rows.Select(row => table.Text(row, "phrase")));
        JsonElement first = Lines(Results)[0];
        Assert.Equal(first.GetProperty("peak").GetProperty("x").GetDouble(), table.Number(table.Rows[0], "peak_x"));
        Assert.Equal(first.GetProperty("boxes").GetArrayLength(), table.Number(table.Rows[0], "boxes"));
        Assert.Contains("none.png", table.Text(table.Rows[2], "error"), StringComparison.Ordinal);
        Assert.Equal("", table.Text(table.Rows[2], "peak_x"));
    }

    [Fact]
    public async Task Batch_Json_IsOneDocumentOnStdout()
    {
        CliRun run = await Batch("\u80f8.png,right edema\n", "--json", "--csv", "--overlays", "--quiet");

        Assert.Equal((0, ""), (run.Code, run.Error));
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            (1, 1, 0),
            (
                document.GetProperty("grounded").GetInt32(),
                document.GetProperty("grounded_images").GetInt32(),
                document.GetProperty("failed").GetInt32()
            )
        );
        Assert.True(File.Exists(document.GetProperty("results").GetString()));
        Assert.True(File.Exists(document.GetProperty("csv").GetString()));
        Assert.True(Directory.Exists(Assert.Single(document.GetProperty("folders").EnumerateArray()).GetString()));
    }

    [Fact]
    public async Task Batch_ManyPhrasesOfOneImage_AreSavedInPartsAndTheRestIsResumed()
    {
        string[] phrases = [.. CxrOnnx.Core.Prompts.StandardGrid.Prompts.Take(70).Select(prompt => prompt.Text)];
        string rows = string.Concat(phrases.Select(phrase => $"\u80f8.png,{phrase}\n"));
        CliRun whole = await Batch(rows);
        Assert.True(whole.Code == 0, whole.Error);
        Assert.Equal(phrases, Lines(Results).Select(line => line.GetProperty("phrase").GetString()));

        // What a kill between the two parts leaves.
        string[] lines = File.ReadAllLines(Results);
        File.WriteAllLines(Results, lines[..64]);
        CliRun rest = await Batch(rows, "--resume", "--json");

        Assert.Equal(6, JsonDocument.Parse(rest.Output).RootElement.GetProperty("grounded").GetInt32());
        Assert.Equal(phrases, Lines(Results).Select(line => line.GetProperty("phrase").GetString()));
    }
}
