using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>What <c>cxr ground</c> writes, and what it never overwrites.</summary>
[Trait("Category", "slow")]
public sealed class GroundOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Ground(params string[] arguments) =>
        CliTest.Run(["ground", .. arguments, "--preset", "turbo", "--bundle", TinyBundle.Folder, "--out", Out]);

    private GroundResult Result() => GroundResultFile.Read(Path.Combine(Out, "result.json"));

    private string[] Written() => [.. Directory.GetFiles(Out).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Ground_IntoAFolderWithAResult_IsRefusedUnlessForced()
    {
        string image = TestImages.Radiograph(_folder.Path);
        Assert.Equal(0, (await Ground(image, "right edema")).Code);
        byte[] before = File.ReadAllBytes(Path.Combine(Out, "result.json"));

        (await Ground(image, "left edema")).AssertRefused(
            "result.json: an earlier result is there; replace it with --force, or give another"
        );
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Out, "result.json")));
        Assert.Equal(0, (await Ground(image, "left edema", "--force")).Code);
        Assert.Equal("left edema", Assert.Single(Result().Phrases).Phrase);
    }

    [Fact]
    public async Task Ground_PicturesOfTheSameImageWithoutADocument_AreNotOverwritten()
    {
        string image = TestImages.Radiograph(_folder.Path);
        await Ground(image, "right edema");
        File.Delete(Path.Combine(Out, "result.json"));

        (await Ground(image, "right edema")).AssertRefused("chest.right-edema.heatmap.npy: an earlier result is there");
        Assert.Equal(0, (await Ground(TestImages.Radiograph(_folder.Path, "other.png"), "right edema")).Code);
    }

    [Fact]
    public async Task Ground_ImagesNamedInChinese_KeepTheirNames()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path, "\u80f8\u90e8\u4e00.png"), "right edema");

        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(
            ["result.json", "\u80f8\u90e8\u4e00.right-edema.heatmap.npy", "\u80f8\u90e8\u4e00.right-edema.overlay.png"],
            Written()
        );
        Assert.Equal(Written(), Result().Files!.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Ground_EveryKindOfFile_IsListedAtTheEndAndInTheDocument()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "right edema", "left edema", "--per-token", "--montage");

        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(Written(), Result().Files!.Order(StringComparer.Ordinal));
        Assert.All(Written(), file => Assert.Contains($"  {file}\n", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ground_NoOverlayAndNoHeatmap_WritesTheDocumentOnly()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "right edema", "--no-overlay", "--no-heatmap", "--per-token");

        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(["result.json"], Written());
        PhraseResult phrase = Assert.Single(Result().Phrases);
        Assert.Equal((null, null), (phrase.Heatmap, phrase.Overlay));
        Assert.NotNull(phrase.Peak);
        Assert.NotEmpty(phrase.TokenHeatmaps);
        Assert.All(phrase.TokenHeatmaps, token => Assert.Null(token.Heatmap));
    }

    [Fact]
    public async Task Ground_HalfPrecisionOnTheModelsGrid_IsSmallAndReplays()
    {
        string image = TestImages.Radiograph(_folder.Path);
        await Ground(image, "right edema");
        (float[] whole, _) = NpyFile.Read(Path.Combine(Out, "chest.right-edema.heatmap.npy"));

        CliRun run = await Ground(image, "right edema", "--heatmap-type", "float16", "--heatmap-grid", "model", "--force");

        Assert.True(run.Code == 0, run.Error);
        string file = Path.Combine(Out, "chest.right-edema.heatmap.npy");
        (float[] small, int[] shape) = NpyFile.Read(file);
        Assert.Equal(new HeatmapStorage("model", "float16"), Result().HeatmapFiles);
        Assert.Equal(shape[0], shape[1]);
        Assert.Equal(128 + (2 * small.Length), new FileInfo(file).Length);
        Assert.Equal(whole.Where(float.IsFinite).Max(), small.Max(), 2e-3);
        Assert.DoesNotContain(small, float.IsNaN);
        CliRun replay = await CliTest.Run("replay", Path.Combine(Out, "result.json"));
        Assert.True(replay.Code == 0, replay.Error);
    }

    [Theory]
    [InlineData("--heatmap-type float64", "--heatmap-type float64: known are float32 and float16")]
    [InlineData("--heatmap-grid cells", "--heatmap-grid cells: known are image and model")]
    [InlineData("--no-heatmap --heatmap-type float16", "--heatmap-type says how heatmaps are stored, and none are written")]
    public async Task Ground_WrongHeatmapForm_IsRefused(string options, string message) =>
        (await Ground([TestImages.Radiograph(_folder.Path), "right edema", .. options.Split(' ')])).AssertRefused(message);

    [Fact]
    public async Task Ground_Quiet_SaysNothingButTheResult()
    {
        string report = _folder.Write("r.txt", "Findings: Right pleural effusion. No pneumothorax.");
        string image = TestImages.Radiograph(_folder.Path);
        CliRun loud = await Ground(image, "--report", report);
        Assert.Contains("not grounded, denied", loud.Error, StringComparison.Ordinal);

        CliRun quiet = await Ground(image, "--report", report, "--quiet", "--force");

        Assert.Equal((0, ""), (quiet.Code, quiet.Error));
        Assert.Contains("right pleural effusion", quiet.Output, StringComparison.Ordinal);
        CliRun refused = await Ground(image, "--report", report, "--quiet");
        Assert.Equal(2, refused.Code);
        Assert.StartsWith("error: ", refused.Error, StringComparison.Ordinal);
    }
}
