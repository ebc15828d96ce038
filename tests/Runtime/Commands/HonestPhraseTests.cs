using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>What becomes of free wording, denials and mistakes at the command.</summary>
[Trait("Category", "slow")]
public sealed class HonestPhraseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    private string BundleFolder => _folder.File("bundle");

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Run(params string[] arguments) =>
        CliTest.Run(["ground", TestImages.Radiograph(_folder.Path), "--out", Out, "--bundle", BundleFolder, .. arguments]);

    private async Task<(CliRun Run, GroundResult Result)> Ground(params string[] arguments)
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.Supported);
        CliRun run = await Run(arguments);
        Assert.True(run.Code == 0, run.Error);
        return (run, GroundResultFile.Read(Path.Combine(Out, "result.json")));
    }

    private float[] Heatmap(PhraseResult phrase) => NpyFile.Read(Path.Combine(Out, phrase.Heatmap!)).Data;

    [Fact]
    public async Task Ground_FreeWording_IsTheStandardPromptForMapBoxAndConfidence()
    {
        (CliRun run, GroundResult result) = await Ground("left lower pneumonia", "LLL pneumonia", "left, lower pneumonia.");

        Assert.Equal(["left lower pneumonia", "LLL pneumonia", "left, lower pneumonia."], result.Phrases.Select(phrase => phrase.Phrase));
        Assert.All(
            result.Phrases,
            phrase =>
            {
                Assert.Equal(("left lower pneumonia", "supported, 0.50"), (phrase.Grounded, phrase.Verdict));
                Assert.Equal(Heatmap(result.Phrases[0]), Heatmap(phrase));
                Assert.Equal(result.Phrases[0].Boxes, phrase.Boxes);
                Assert.Empty(phrase.Warnings);
            }
        );
        Assert.Contains("grounded as", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);

        // One text: computed once.
        Assert.Equal(2, result.Evaluations.Attention);
        Assert.Equal(0, (await CliTest.Run("replay", Path.Combine(Out, "result.json"))).Code);
    }

    [Fact]
    public async Task Ground_Verbatim_GroundsTheWordsAsTheyStandWithoutConfidenceForOthers()
    {
        (CliRun run, GroundResult result) = await Ground("LLL pneumonia", "no pleural effusion", "pneumonia", "--verbatim");

        Assert.Equal(["LLL pneumonia", "no pleural effusion", "pneumonia"], result.Phrases.Select(phrase => phrase.Grounded));
        Assert.Equal(["pneumonia", "pleural effusion", "pneumonia"], result.Phrases.Select(phrase => phrase.Text));
        Assert.Equal(Heatmap(result.Phrases[2]), Heatmap(result.Phrases[0]));
        Assert.All(result.Phrases, phrase => Assert.Null(phrase.Confidence));
        Assert.Equal("confidence unknown: the model does not know all of its words", result.Phrases[0].Verdict);
        Assert.Contains("\"lll\": left out", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CliTest.Run("replay", Path.Combine(Out, "result.json"))).Code);
    }

    [Fact]
    public async Task Ground_DeniedPhrase_HasNoMapAndNoBox()
    {
        (CliRun run, GroundResult result) = await Ground("no pleural effusion", "pneumonia without effusion");

        PhraseResult denied = result.Phrases[0];
        Assert.Equal((true, null, "denied by the phrase"), (denied.Denied, denied.Grounded, denied.Verdict));
        Assert.Equal((null, null, null), (denied.Heatmap, denied.Overlay, denied.Peak));
        Assert.Empty(denied.Boxes);
        Assert.Equal(("pleural effusion", "absent"), (Assert.Single(denied.Denies!).Pathology, denied.Denies![0].Sense));
        Assert.Contains("denied by the phrase", run.Output, StringComparison.Ordinal);
        PhraseResult mixed = result.Phrases[1];
        Assert.Equal(("pneumonia", "pleural effusion"), (mixed.Grounded, Assert.Single(mixed.Denies!).Pathology));
        Assert.Contains("not grounded, denied in the phrase: pleural effusion", run.Error, StringComparison.Ordinal);
        Assert.Equal("confidence unknown: name a place", mixed.Verdict);
        Assert.Equal(2, Directory.GetFiles(Out, "*.npy").Length + Directory.GetFiles(Out, "*.overlay.png").Length);
        Assert.Equal(0, (await CliTest.Run("replay", Path.Combine(Out, "result.json"))).Code);
    }

    [Fact]
    public async Task Ground_OnlyDeniedPhrases_ComputesNothing()
    {
        (_, GroundResult result) = await Ground("no pleural effusion");

        Assert.Equal(new EvaluationsResult(0, 0), result.Evaluations);
        Assert.Null(result.TrajectorySha256);
        Assert.Empty(Directory.GetFiles(Out, "*.npy"));
    }

    [Theory]
    [InlineData("no rib fracture", "denies something that is none of the known pathologies")]
    [InlineData("pneumonia and cardiomegaly", "names 2 findings, and one map shows one")]
    [InlineData(
        "FINDINGS: Left pneumonia. No effusion.",
        "reads like the text of a report, not like a phrase; give it as a report with --report"
    )]
    [InlineData("left lower pnuemonia", "did you mean \"left lower pneumonia\"? (--verbatim grounds")]
    [InlineData("left lower mass", "does not know \"mass\", and \"left lower\" alone would be another phrase")]
    public async Task Ground_PhraseThatWouldMislead_IsRefusedInOneLine(string phrase, string reason)
    {
        TinyBundle.Copy(BundleFolder);

        (await Run(phrase)).AssertRefused(reason);
        Assert.False(File.Exists(Path.Combine(Out, "result.json")));
    }

    [Fact]
    public async Task Ground_Sentence_IsGroundedAndOfferedAsAReport()
    {
        (CliRun run, GroundResult result) = await Ground("There is a small left pleural effusion.");

        Assert.Equal(("left pleural effusion", true), (result.Phrases[0].Grounded, result.Phrases[0].ReadsAsReport));
        Assert.Contains("reads like a sentence of a report; --report", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heat")]
    [InlineData("contour")]
    [InlineData("side-by-side")]
    public async Task Ground_OverlayModes_ChangeThePictureAndNoNumber(string mode)
    {
        (_, GroundResult heat) = await Ground("left lower pneumonia");
        byte[] before = File.ReadAllBytes(Path.Combine(Out, heat.Phrases[0].Overlay!));
        float[] values = Heatmap(heat.Phrases[0]);

        CliRun run = await Run("left lower pneumonia", "--overlay", mode, "--force");

        GroundResult result = GroundResultFile.Read(Path.Combine(Out, "result.json"));
        Assert.Equal(0, run.Code);
        Assert.Equal(values, Heatmap(result.Phrases[0]));
        Assert.Equal(heat.Phrases[0].Boxes, result.Phrases[0].Boxes);
        Assert.Equal(mode == "heat", before.SequenceEqual(File.ReadAllBytes(Path.Combine(Out, result.Phrases[0].Overlay!))));
        (await Run("left lower pneumonia", "--overlay", "rainbow", "--force")).AssertRefused("must be one of heat, contour, side-by-side");
    }

    [Fact]
    public async Task Ground_PerToken_LabelsAreWords()
    {
        (_, GroundResult result) = await Ground("left pleural effusion", "--per-token");

        Assert.All(result.Phrases[0].TokenHeatmaps, token => Assert.DoesNotContain("</w>", token.Label!, StringComparison.Ordinal));
        Assert.Equal(["left", "pleural"], result.Phrases[0].TokenHeatmaps.Select(token => token.Label!.Split(' ')[0]).Distinct().Take(2));
    }

    [Fact]
    public async Task Batch_Rows_AreReadAsPhrasesOfTheCommand()
    {
        TinyBundle.Copy(BundleFolder);
        TestImages.Radiograph(_folder.Path, "a.png");
        File.WriteAllText(
            _folder.File("m.csv"),
            "image,phrase\na.png,LLL pneumonia\na.png,no pleural effusion\na.png,no rib fracture\na.png,left lower pneumonia\n"
        );

        CliRun run = await CliTest.Run("batch", _folder.File("m.csv"), "--out", Out, "--bundle", BundleFolder, "--keep-going");

        JsonElement[] lines =
        [
            .. File.ReadAllLines(Path.Combine(Out, "results.jsonl")).Select(line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.Equal(2, run.Code);
        Assert.Contains("1 phrase has no answer", run.Error, StringComparison.Ordinal);
        Assert.Equal("left lower pneumonia", lines[0].GetProperty("grounded").GetString());
        Assert.Equal(lines[3].GetProperty("boxes").GetRawText(), lines[0].GetProperty("boxes").GetRawText());
        Assert.True(lines[1].GetProperty("denied").GetBoolean());
        Assert.Equal(0, lines[1].GetProperty("boxes").GetArrayLength());
        Assert.False(lines[1].TryGetProperty("grounded", out _));
        Assert.Contains("denies something", lines[2].GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}
