using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Runtime.Tests.Imaging;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class GroundCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Ground(params string[] arguments) =>
        CliTest.Run(["ground", .. arguments, "--bundle", TinyBundle.Folder, "--out", Out]);

    private GroundResult Result() => GroundResultFile.Read(Path.Combine(Out, "result.json"));

    [Fact]
    public async Task Ground_TwoPhrases_WritesPicturesHeatmapsAndResult()
    {
        string image = TestImages.Radiograph(_folder.Path);

        CliRun run = await Ground(image, "left lower pneumonia", "cardiomegaly", "--threshold", "0.4");

        Assert.Equal(0, run.Code);
        Assert.Contains("left lower pneumonia", run.Output, StringComparison.Ordinal);
        Assert.Equal(
            [
                "chest.cardiomegaly.heatmap.npy",
                "chest.cardiomegaly.overlay.png",
                "chest.left-lower-pneumonia.heatmap.npy",
                "chest.left-lower-pneumonia.overlay.png",
                "result.json",
            ],
            Directory.GetFiles(Out).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)
        );
        (float[] heatmap, int[] shape) = NpyFile.Read(Path.Combine(Out, "chest.left-lower-pneumonia.heatmap.npy"));
        Assert.Equal([120, 96], shape);

        // The model sees the central square of 96 x 96: 12 rows at the top and at the bottom are NaN.
        Assert.All(heatmap[..(12 * 96)], value => Assert.True(float.IsNaN(value)));
        Assert.All(heatmap[(12 * 96)..(108 * 96)], value => Assert.InRange(value, 0f, 1f));

        GroundResult result = Result();
        Assert.Equal(
            ("../chest.png", 96, 120, "png", 8),
            (result.Image.File, result.Image.Width, result.Image.Height, result.Image.Format, result.Image.Bits)
        );
        Assert.Equal(("exact", 0.4, "auto", "cpu"), (result.Preset, result.Threshold, result.Provider.Requested, result.Provider.Used));

        // Steps 3 and 4 of 10: four evaluations lead to z_4, and each phrase needs two.
        Assert.Equal(new EvaluationsResult(4, 4), result.Evaluations);
        Assert.Equal(["left lower pneumonia", "cardiomegaly"], result.Phrases.Select(phrase => phrase.Phrase));
        Assert.Equal(("pneumonia", "left lower"), (result.Phrases[0].Pathology, Assert.Single(result.Phrases[0].Locations)));
        Assert.NotNull(result.Phrases[0].Peak);
        Assert.NotEmpty(result.Phrases[0].Boxes);
    }

    [Theory]
    [InlineData("fast", 3, 1)]
    [InlineData("turbo", 0, 1)]
    public async Task Ground_Preset_IsRecordedWithItsEvaluations(string preset, int trajectory, int attention)
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "right edema", "--preset", preset);

        Assert.Equal((0, preset), (run.Code, Result().Preset));
        Assert.Equal(new EvaluationsResult(trajectory, attention), Result().Evaluations);
        Assert.Contains($"preset {preset}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_All_RanksEveryPromptTheBundleKnowsByFocus()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "--all", "--top", "4", "--preset", "turbo");

        Assert.True(run.Code == 0, run.Error);
        GroundResult result = Result();
        Assert.Equal(4, result.Phrases.Count);
        Assert.Equal(4, result.Phrases.Select(phrase => phrase.Phrase).Distinct().Count());
        Assert.All(
            result.Phrases,
            phrase => Assert.Contains(phrase.Pathology!, CxrOnnx.Core.Prompts.Pathology.All.Select(pathology => pathology.Name))
        );
        double[] focus = [.. result.Phrases.Select(phrase => phrase.Focus!.Value)];
        Assert.Equal(focus.OrderDescending(), focus);
        Assert.True(focus[^1] > 1);

        // One truncated evaluation per prompt.
        Assert.Equal(CxrOnnx.Core.Prompts.StandardGrid.Prompts.Count, result.Evaluations.Attention);
        Assert.Equal(0, result.Evaluations.Trajectory);
        (await Ground(TestImages.Radiograph(_folder.Path), "--all", "--top", "0")).AssertRefused("--top 0");
    }

    [Fact]
    public async Task Ground_Json_PutsOneDocumentOnStdout()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "right edema", "--json");

        Assert.Equal(0, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal("right edema", document.RootElement.GetProperty("phrases")[0].GetProperty("phrase").GetString());
        Assert.Equal(
            run.Output.Trim(),
            (await File.ReadAllTextAsync(Path.Combine(Out, "result.json"), TestContext.Current.CancellationToken)).Trim()
        );
    }

    [Fact]
    public async Task Ground_PerTokenAndMontage_WritesThemToo()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "left pneumothorax", "right edema", "--per-token", "--montage");

        Assert.Equal(0, run.Code);
        PhraseResult phrase = Result().Phrases[0];
        Assert.Equal(phrase.Tokens.Count, phrase.TokenHeatmaps.Count);
        Assert.All(phrase.TokenHeatmaps, token => Assert.True(File.Exists(Path.Combine(Out, token.Heatmap!))));
        Assert.True(File.Exists(Path.Combine(Out, "chest.left-pneumothorax.tokens.png")));
        Assert.True(File.Exists(Path.Combine(Out, "chest.montage.png")));
    }

    [Fact]
    public async Task Ground_Report_GroundsItsFindings()
    {
        string report = _folder.File("report.txt");
        await File.WriteAllTextAsync(
            report,
            "FINDINGS: There is a left lower pneumonia. No pneumothorax.",
            TestContext.Current.CancellationToken
        );

        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "--report", report);

        Assert.Equal((0, "left lower pneumonia"), (run.Code, Assert.Single(Result().Phrases).Phrase));
        Assert.Contains("1 finding in the report: left lower pneumonia", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_Report_SaysWhatWasUncertainDeniedAndNotRead()
    {
        string report = _folder.File("report.txt");
        await File.WriteAllTextAsync(
            report,
            "INDICATION: Edema?\nFINDINGS: There may be a left lower pneumonia. No pneumothorax.",
            TestContext.Current.CancellationToken
        );

        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "--report", report);

        Assert.Equal(0, run.Code);
        PhraseResult phrase = Assert.Single(Result().Phrases);
        Assert.Equal(
            ("left lower pneumonia", true, "There may be a left lower pneumonia", false),
            (phrase.Phrase, phrase.Uncertain, phrase.Sentence, phrase.Denied)
        );
        DeniedResult denied = Assert.Single(Result().Report!.Denied);
        Assert.Equal(("pneumothorax", "absent", "No pneumothorax"), (denied.Pathology, denied.Sense, denied.Sentence));
        Assert.Equal("INDICATION", Assert.Single(Result().Report!.SkippedSections).Name);
        Assert.Contains("left lower pneumonia (uncertain)", run.Error, StringComparison.Ordinal);
        Assert.Contains("not grounded, denied: pneumothorax", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_NormalReport_IsAnAnswerWithoutPhrases()
    {
        string report = _folder.File("normal.txt");
        await File.WriteAllTextAsync(report, "FINDINGS: The lungs are clear. No pneumothorax.", TestContext.Current.CancellationToken);

        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "--report", report);

        Assert.Equal(0, run.Code);
        Assert.Empty(Result().Phrases);
        Assert.Equal(0, Result().Report!.Findings);
        Assert.Null(Result().TrajectorySha256);
        Assert.Contains("no findings in the report", run.Error, StringComparison.Ordinal);
        (await CliTest.Run("replay", Path.Combine(Out, "result.json"))).AssertRefused("holds no phrase");
    }

    [Fact]
    public async Task Ground_PhraseOf300Words_SaysWhatWasLeftOutAndGrounds()
    {
        string phrase = string.Join(' ', Enumerable.Repeat("left lower pneumonia", 100));

        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), phrase, "--verbatim");

        Assert.Equal(0, run.Code);
        Assert.Contains("were left out", run.Error, StringComparison.Ordinal);
        Assert.Contains(Result().Phrases[0].Warnings, warning => warning.Contains("were left out", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Out, Result().Phrases[0].Overlay!)));
    }

    [Fact]
    public async Task Ground_SomeUnknownWords_NamesThemAndGrounds()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "left lower zebra pneumonia");

        Assert.Equal(0, run.Code);
        Assert.Contains("\"zebra\"", run.Error, StringComparison.Ordinal);
        Assert.Equal("left lower pneumonia", Result().Phrases[0].Text);
        Assert.Equal(("left lower zebra pneumonia", "left lower pneumonia"), (Result().Phrases[0].Phrase, Result().Phrases[0].Grounded));
    }

    [Fact]
    public async Task Ground_PhraseWithTricks_StaysInTheFolder()
    {
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "../../left/../edema; $(touch x)");

        Assert.Equal(0, run.Code);
        Assert.Equal(3, Directory.GetFiles(Out).Length);
        Assert.Equal(
            ["chest.png", "out"],
            Directory.GetFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Ground_WrongImages_AreRefusedInOneLine()
    {
        (await Ground(_folder.File("nothing.png"), "edema")).AssertRefused("nothing.png: no such file");
        (await Ground(_folder.Path, "edema")).AssertRefused("is a folder");
        await File.WriteAllTextAsync(_folder.File("text.png"), "not an image at all", TestContext.Current.CancellationToken);
        (await Ground(_folder.File("text.png"), "edema")).AssertRefused("text.png: not an image that can be recognised");
        await File.WriteAllBytesAsync(
            _folder.File("huge.png"),
            RasterDecoderTests.PngHeader(20_000, 20_000),
            TestContext.Current.CancellationToken
        );
        (await Ground(_folder.File("huge.png"), "edema")).AssertRefused("20000 x 20000 = 400 million pixels, the limit is 100 million");
        await File.WriteAllBytesAsync(
            _folder.File("one.png"),
            NetVips.Image.Black(1, 1).PngsaveBuffer(),
            TestContext.Current.CancellationToken
        );
        (await Ground(_folder.File("one.png"), "edema")).AssertRefused("1 x 1 pixels; the shorter side must have at least 32");
        await File.WriteAllBytesAsync(
            _folder.File("black.png"),
            NetVips.Image.Black(200, 300).PngsaveBuffer(),
            TestContext.Current.CancellationToken
        );
        (await Ground(_folder.File("black.png"), "edema")).AssertRefused("the image is all black");
    }

    [Fact]
    public async Task Ground_WrongPhrases_AreRefusedInOneLine()
    {
        string image = TestImages.Radiograph(_folder.Path);
        (await Ground(image)).AssertRefused("no phrase given");
        (await Ground(image, "")).AssertRefused("a phrase is empty");
        (await Ground(image, "edema", "  ")).AssertRefused("a phrase is empty");
        (await Ground(image, "purple zebra")).AssertRefused("knows none of its words (\"purple\", \"zebra\")");
        (await Ground(image, "--report", _folder.File("none.txt"))).AssertRefused("none.txt: no such file");
        await File.WriteAllTextAsync(
            _folder.File("german.txt"),
            "Kein Pneumothorax, kleiner Pleuraerguss links.",
            TestContext.Current.CancellationToken
        );
        (await Ground(image, "--report", _folder.File("german.txt"))).AssertRefused("german.txt: ");
    }

    [Fact]
    public async Task Ground_WrongOptions_AreRefusedInOneLine()
    {
        string image = TestImages.Radiograph(_folder.Path);
        (await Ground(image, "edema", "--preset", "nonsense")).AssertRefused("has exact, fast, turbo");
        (await Ground(image, "edema", "--provider", "nonsense")).AssertRefused(
            "provider 'nonsense': known are auto, cpu, cuda and tensorrt"
        );
        (await Ground(image, "edema", "--provider-library", _folder.File("none.so"))).AssertRefused("none.so: no such file");
        (await Ground(image, "edema", "--threshold", "7")).AssertRefused("must lie in [0, 1]");
        (await Ground(image, "edema", "--threshold", "x")).AssertRefused("see cxr ground --help");
        (await CliTest.Run("ground", image, "edema", "--bundle", _folder.File("none"))).AssertRefused("no such bundle");
        (await CliTest.Run("ground", image, "edema", "--bundle", _folder.Path)).AssertRefused("no bundle.json in this folder");
    }

    [Fact]
    public async Task Ground_CudaThatIsNotThere_NamesTheLibraryAndRunsNothing()
    {
        Assert.SkipWhen(
            CxrOnnx
                .Grounding.Sessions.ExecutionProviders.Examine()
                .Any(status => status.Provider == CxrOnnx.Grounding.Sessions.ExecutionProvider.Cuda && status.Usable),
            "CUDA works here"
        );
        CliRun run = await Ground(TestImages.Radiograph(_folder.Path), "edema", "--provider", "cuda");
        run.AssertRefused(OperatingSystem.IsWindows() ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so");
        Assert.Contains("nothing was run on the CPU instead", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_OutIsAFile_IsRefusedBeforeAnythingIsComputed()
    {
        await File.WriteAllTextAsync(Out, "a file", TestContext.Current.CancellationToken);
        (await Ground(TestImages.Radiograph(_folder.Path), "edema")).AssertRefused("cannot write there");
    }

    [Fact]
    public async Task Ground_ChangedByteInTheBundle_NamesTheFile()
    {
        string bundle = TinyBundle.Copy(_folder.File("bundle"));
        string weights = Path.Combine(bundle, "weights.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        bytes[^5] ^= 1;
        await File.WriteAllBytesAsync(weights, bytes, TestContext.Current.CancellationToken);

        (await CliTest.Run("ground", TestImages.Radiograph(_folder.Path), "edema", "--bundle", bundle, "--out", Out)).AssertRefused(
            "weights.safetensors: has SHA-256"
        );

        CliRun inspected = await CliTest.Run("inspect", bundle);
        Assert.Equal(2, inspected.Code);
        Assert.Contains("changed since it was written: weights.safetensors", inspected.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_ManifestPathThatLeavesTheFolder_IsNamed()
    {
        string bundle = TinyBundle.Copy(_folder.File("bundle"));
        string manifest = Path.Combine(bundle, "bundle.json");
        string text = await File.ReadAllTextAsync(manifest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            manifest,
            text.Replace("\"path\": \"weights.safetensors\"", "\"path\": \"../weights.safetensors\"", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        (await CliTest.Run("ground", TestImages.Radiograph(_folder.Path), "edema", "--bundle", bundle, "--out", Out)).AssertRefused(
            "../weights.safetensors"
        );
    }

    [Fact]
    public async Task Replay_SameFiles_PassesAndChangedHeatmapFails()
    {
        Assert.Equal(0, (await Ground(TestImages.Radiograph(_folder.Path), "left lower pneumonia")).Code);
        string result = Path.Combine(Out, "result.json");

        CliRun same = await CliTest.Run("replay", result, "--json");
        Assert.Equal(0, same.Code);
        using JsonDocument document = JsonDocument.Parse(same.Output);
        Assert.True(document.RootElement.GetProperty("same_trajectory").GetBoolean());
        Assert.Equal(0, document.RootElement.GetProperty("phrases")[0].GetProperty("max_abs").GetDouble());

        string heatmap = Path.Combine(Out, "chest.left-lower-pneumonia.heatmap.npy");
        (float[] values, int[] shape) = NpyFile.Read(heatmap);
        values[60 * 96] = 1 - values[60 * 96];
        NpyFile.Write(heatmap, values, shape);
        CliRun changed = await CliTest.Run("replay", result);
        Assert.Equal(1, changed.Code);
        Assert.Contains("\"left lower pneumonia\" differs by", changed.Error, StringComparison.Ordinal);

        TestImages.Radiograph(_folder.Path, width: 98);
        (await CliTest.Run("replay", result)).AssertRefused("is another file now");
    }

    [Fact]
    public async Task Replay_NoResult_IsRefused()
    {
        (await CliTest.Run("replay", _folder.File("none.json"))).AssertRefused("no such file");
        await File.WriteAllTextAsync(_folder.File("odd.json"), "{\"a\": 1}", TestContext.Current.CancellationToken);
        (await CliTest.Run("replay", _folder.File("odd.json"))).AssertRefused("not a result of 'cxr ground'");
    }
}
