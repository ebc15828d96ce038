using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>A data set through <c>cxr batch</c> and <c>cxr evaluate --heatmaps</c> against <c>cxr evaluate --bundle</c>.</summary>
[Trait("Category", "slow")]
public sealed class DatasetBatchTests : IDisposable
{
    // One label text stands for two classes; the images are of different shapes.
    private const string Annotations = """
        dicom_id,category_name,label_text,x,y,w,h,image_width,image_height
        tall,Pneumonia,"opacity, left lower lobe",50,60,30,40,96,120
        tall,Edema,"opacity, left lower lobe",50,60,30,40,96,120
        wide,Cardiomegaly,large heart,30,20,50,40,140,80
        tall,Cardiomegaly,large heart,30,60,50,40,96,120
        """;

    private readonly TemporaryFolder _folder = new();

    public DatasetBatchTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"), "tall.png");
        TestImages.Radiograph(_folder.File("images"), "wide.png", 140, 80);
        File.WriteAllText(_folder.File("ms.csv"), Annotations);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Dataset => ["--dataset", "ms-cxr", "--annotations", _folder.File("ms.csv"), "--images", _folder.File("images")];

    private Task<CliRun> Batch(params string[] arguments) =>
        CliTest.Run(["batch", .. Dataset, "--bundle", TinyBundle.Folder, "--out", _folder.File("maps"), "--heatmaps", .. arguments]);

    private async Task<JsonElement> Evaluate(params string[] arguments)
    {
        CliRun run = await CliTest.Run([
            "evaluate",
            .. Dataset,
            "--bootstrap",
            "50",
            "--json",
            "--out",
            _folder.File("scores"),
            .. arguments,
        ]);
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement.GetProperty("systems")[0];
    }

    private static IEnumerable<double> Numbers(JsonElement system) =>
        system
            .GetProperty("cases")
            .EnumerateArray()
            .SelectMany(item => (double[])[.. ((string[])["cnr", "miou", "auroc"]).Select(name => item.GetProperty(name).GetDouble())]);

    [Theory]
    [InlineData("float32", "model", 0)]
    [InlineData("float32", "image", 0)]
    [InlineData("float16", "model", 0.02)]
    [InlineData("float16", "image", 0.02)]
    public async Task Batch_OfADataSet_GivesTheTableOfTheBundle(string type, string grid, double tolerance)
    {
        JsonElement bundle = await Evaluate("--bundle", TinyBundle.Folder);
        CliRun run = await Batch("--preset", "exact", "--heatmap-type", type, "--heatmap-grid", grid);
        Assert.True(run.Code == 0, run.Error);

        JsonElement heatmaps = await Evaluate("--heatmaps", _folder.File("maps"));

        Assert.Equal(9, Numbers(bundle).Count());
        Assert.Equal(
            bundle.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("category_name").GetString()),
            heatmaps.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("category_name").GetString())
        );
        Assert.All(
            Numbers(bundle).Zip(Numbers(heatmaps)),
            pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance * Math.Max(1, Math.Abs(pair.First)))
        );
    }

    [Fact]
    public async Task Batch_OfADataSet_StoresFewBytesAndSaysWhere()
    {
        Assert.Equal(0, (await Batch()).Code);

        CsvTable index = CsvTable.Load(_folder.File("maps/heatmaps.csv"));
        Assert.Equal(3, index.Rows.Count);
        CsvTable.Row wide = Assert.Single(index.Rows, row => index.Text(row, "image_id") == "wide");
        Assert.Equal("square:nearest", index.Text(wide, "crop"));
        byte[] file = File.ReadAllBytes(Path.Combine(_folder.File("maps"), index.Text(wide, "file")));
        Assert.Contains("'<f2'", System.Text.Encoding.ASCII.GetString(file, 0, 100), StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(_folder.File("maps/results.jsonl"));
        Assert.Equal(2, lines.Count(line => line.Contains("\"category\":\"Cardiomegaly\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Batch_OfADataSetInParts_IsMergedWithItsIndex()
    {
        Assert.Equal(0, (await Batch("--shard", "1/2")).Code);
        Assert.Equal(0, (await Batch("--shard", "2/2")).Code);
        Assert.False(File.Exists(_folder.File("maps/heatmaps.csv")));
        CliRun merge = await CliTest.Run("merge", _folder.File("maps"));
        Assert.True(merge.Code == 0, merge.Error);
        byte[] results = File.ReadAllBytes(_folder.File("maps/results.jsonl"));
        byte[] index = File.ReadAllBytes(_folder.File("maps/heatmaps.csv"));
        Directory.Move(_folder.File("maps"), _folder.File("parts"));
        Assert.Equal(0, (await Batch()).Code);

        Assert.Equal(File.ReadAllBytes(_folder.File("maps/results.jsonl")), results);
        Assert.Equal(File.ReadAllBytes(_folder.File("maps/heatmaps.csv")), index);
    }

    [Fact]
    public async Task Batch_ImageOfAnotherSizeOrMissing_IsNamedFirst()
    {
        TestImages.Radiograph(_folder.File("images"), "tall.png", 90, 120);
        File.Delete(_folder.File("images/wide.png"));

        CliRun run = await Batch();

        Assert.Equal(2, run.Code);
        Assert.Contains("image tall: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("the annotations are for 96x120", run.Error, StringComparison.Ordinal);
        Assert.Contains("image wide: ", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("maps/results.jsonl")));
    }

    [Fact]
    public async Task Evaluate_HeatmapWithAWrongHeader_IsRefusedBeforeAnythingIsComputed()
    {
        Assert.Equal(0, (await Batch()).Code);
        string index = _folder.File("maps/heatmaps.csv");
        string text = File.ReadAllText(index);
        Task<CliRun> Run() =>
            CliTest.Run(["evaluate", .. Dataset, "--heatmaps", _folder.File("maps"), "--out", _folder.File("scores"), "--bootstrap", "10"]);

        File.WriteAllText(
            index,
            text.Replace(",square:nearest", "", StringComparison.Ordinal).Replace(",crop", "", StringComparison.Ordinal)
        );
        CliRun without = await Run();
        Assert.Equal(2, without.Code);
        Assert.Contains("for a map of another size say with --crop", without.Error, StringComparison.Ordinal);
        File.WriteAllText(index, text.Replace(",square:nearest", ",voxels", StringComparison.Ordinal));
        (await Run()).AssertRefused("line 2: --crop voxels: wanted CROP/RESIZE");
        File.WriteAllText(index, text);
        string[] maps = Directory.GetFiles(_folder.File("maps/heatmaps"));
        foreach (string map in maps[..2])
        {
            File.WriteAllBytes(map, File.ReadAllBytes(map)[..^10]);
        }

        CliRun run = await Run();
        Assert.Equal(2, run.Code);
        Assert.StartsWith("error: 2 things are wrong with the input; nothing was computed", run.Error, StringComparison.Ordinal);
        Assert.Contains("the file is damaged or truncated", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m.csv", "are two batches")]
    [InlineData(null, "needs --annotations FILE and --images DIR")]
    public async Task Batch_ManifestAndDataSetOrHalfOfOne_IsRefused(string? manifest, string expected) =>
        (
            await CliTest.Run([
                "batch",
                .. manifest is null ? Array.Empty<string>() : [manifest],
                "--dataset",
                "ms-cxr",
                "--out",
                _folder.File("maps"),
                "--bundle",
                TinyBundle.Folder,
            ])
        ).AssertRefused(expected);

    [Fact]
    public async Task Batch_NothingOrAnOptionOfADataSetAlone_IsRefused()
    {
        (await CliTest.Run("batch", "--out", _folder.File("maps"))).AssertRefused("nothing to ground: give a manifest, or --dataset");
        (await CliTest.Run("batch", "m.csv", "--annotations", "a.csv", "--out", _folder.File("maps"))).AssertRefused(
            "--annotations belongs to --dataset NAME"
        );
    }
}
