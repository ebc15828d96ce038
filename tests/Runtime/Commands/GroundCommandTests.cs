using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class GroundCommandTests : GroundTest
{
    [Fact]
    public async Task Ground_TwoPhrases_WritesPicturesHeatmapsAndResult()
    {
        string image = TestImages.Radiograph(Folder.Path);

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
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "right edema", "--preset", preset);

        Assert.Equal((0, preset), (run.Code, Result().Preset));
        Assert.Equal(new EvaluationsResult(trajectory, attention), Result().Evaluations);
        Assert.Contains($"preset {preset}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_All_RanksEveryPromptTheBundleKnowsByFocus()
    {
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "--all", "--top", "4", "--preset", "turbo");

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
        (await Ground(TestImages.Radiograph(Folder.Path), "--all", "--top", "0")).AssertRefused("--top 0");
    }

    [Fact]
    public async Task Ground_Json_PutsOneDocumentOnStdout()
    {
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "right edema", "--json");

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
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "left pneumothorax", "right edema", "--per-token", "--montage");

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
        string report = Folder.File("report.txt");
        await File.WriteAllTextAsync(
            report,
            "FINDINGS: There is a left lower pneumonia. No pneumothorax.",
            TestContext.Current.CancellationToken
        );

        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "--report", report);

        Assert.Equal((0, "left lower pneumonia"), (run.Code, Assert.Single(Result().Phrases).Phrase));
        Assert.Contains("1 finding in the report: left lower pneumonia", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_Report_SaysWhatWasUncertainDeniedAndNotRead()
    {
        string report = Folder.File("report.txt");
        await File.WriteAllTextAsync(
            report,
            "INDICATION: Edema?\nFINDINGS: There may be a left lower pneumonia. No pneumothorax.",
            TestContext.Current.CancellationToken
        );

        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "--report", report);

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
        string report = Folder.File("normal.txt");
        await File.WriteAllTextAsync(report, "FINDINGS: The lungs are clear. No pneumothorax.", TestContext.Current.CancellationToken);

        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "--report", report);

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

        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), phrase, "--verbatim");

        Assert.Equal(0, run.Code);
        Assert.Contains("were left out", run.Error, StringComparison.Ordinal);
        Assert.Contains(Result().Phrases[0].Warnings, warning => warning.Contains("were left out", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Out, Result().Phrases[0].Overlay!)));
    }

    [Fact]
    public async Task Ground_SomeUnknownWords_NamesThemAndGrounds()
    {
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "left lower zebra pneumonia");

        Assert.Equal(0, run.Code);
        Assert.Contains("\"zebra\"", run.Error, StringComparison.Ordinal);
        Assert.Equal("left lower pneumonia", Result().Phrases[0].Text);
        Assert.Equal(("left lower zebra pneumonia", "left lower pneumonia"), (Result().Phrases[0].Phrase, Result().Phrases[0].Grounded));
    }

    [Fact]
    public async Task Ground_PhraseWithTricks_StaysInTheFolder()
    {
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "../../left/../edema; $(touch x)");

        Assert.Equal(0, run.Code);
        Assert.Equal(3, Directory.GetFiles(Out).Length);
        Assert.Equal(
            ["chest.png", "out"],
            Directory.GetFileSystemEntries(Folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        );
    }
}
