using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>A calibrated bundle, from the command line.</summary>
[Trait("Category", "slow")]
public sealed class GroundConfidenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    private string BundleFolder => _folder.File("bundle");

    public void Dispose() => _folder.Dispose();

    private async Task<(CliRun Run, GroundResult Result)> Ground(params string[] arguments)
    {
        CliRun run = await CliTest.Run([
            "ground",
            TestImages.Radiograph(_folder.Path),
            .. arguments,
            "--bundle",
            BundleFolder,
            "--out",
            Out,
        ]);
        Assert.True(run.Code == 0, run.Error);
        return (run, GroundResultFile.Read(Path.Combine(Out, "result.json")));
    }

    [Theory]
    [InlineData(RegionSupport.Supported, "supported, 0.50", true)]
    [InlineData(RegionSupport.LowConfidence, "low confidence, 0.50", true)]
    [InlineData(RegionSupport.NoRegion, "no region, 0.50", false)]
    public async Task Ground_CalibratedBundle_SaysWhatTheImageSupports(RegionSupport region, string words, bool hasBoxes)
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), region);

        (CliRun run, GroundResult result) = await Ground("left lower pneumonia");

        PhraseResult phrase = Assert.Single(result.Phrases);
        Assert.Equal((true, 0.5, region), (result.Bundle.Calibrated, phrase.Confidence, phrase.Region));
        Assert.Equal(hasBoxes, phrase.Boxes.Count > 0);
        Assert.Equal(4, result.Evaluations.Support);
        Assert.Contains(words, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("not calibrated", run.Output, StringComparison.Ordinal);

        // The map is there whatever is said of it.
        (float[] heatmap, _) = NpyFile.Read(Path.Combine(Out, phrase.Heatmap!));
        Assert.Equal(1, heatmap.Where(float.IsFinite).Max());
        Assert.Equal(0, (await CliTest.Run("replay", Path.Combine(Out, "result.json"))).Code);
    }

    [Fact]
    public async Task Ground_JsonFields_HaveTheirDocumentedNames()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.NoRegion);

        (CliRun run, _) = await Ground("left lower pneumonia", "--json");

        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.True(document.GetProperty("bundle").GetProperty("calibrated").GetBoolean());
        JsonElement phrase = document.GetProperty("phrases")[0];
        Assert.Equal(
            (0.5, "no_region", 0),
            (
                phrase.GetProperty("confidence").GetDouble(),
                phrase.GetProperty("region").GetString(),
                phrase.GetProperty("boxes").GetArrayLength()
            )
        );
    }

    [Fact]
    public async Task Ground_BundleWithoutCalibration_SaysSoAndGivesNone()
    {
        TinyBundle.Copy(BundleFolder);

        (CliRun run, GroundResult result) = await Ground("left lower pneumonia");

        Assert.Equal((false, null, null), (result.Bundle.Calibrated, result.Phrases[0].Confidence, result.Phrases[0].Region));
        Assert.NotEmpty(result.Phrases[0].Boxes);
        Assert.Contains("is not calibrated: boxes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_NoConfidence_GivesNoneAndReplaysWithoutIt()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.NoRegion);

        (CliRun run, GroundResult result) = await Ground("left lower pneumonia", "--no-confidence");

        Assert.Equal((false, null, 0), (result.Bundle.Calibrated, result.Phrases[0].Confidence, result.Evaluations.Support));
        Assert.NotEmpty(result.Phrases[0].Boxes);
        Assert.DoesNotContain("not calibrated", run.Output, StringComparison.Ordinal);
        Assert.Contains("equal", (await CliTest.Run("replay", Path.Combine(Out, "result.json"))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_ImageOfAnotherKind_GivesNoConfidenceAndSaysWhy()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.NoRegion);
        Change(file => file with { ImageError = new ImageErrorRange(1e-9, 1e-8) });

        (CliRun run, GroundResult result) = await Ground("left lower pneumonia", "pneumonia");

        Assert.All(result.Phrases, phrase => Assert.Equal((null, null), (phrase.Confidence, phrase.Region)));
        Assert.NotEmpty(result.Phrases[0].Boxes);
        Assert.Contains(
            "unlike those that the bundle was calibrated on",
            Assert.Single(result.Phrases[0].Warnings),
            StringComparison.Ordinal
        );
        Assert.Contains("confidence unknown: unfamiliar image", run.Output, StringComparison.Ordinal);

        // Only the image itself was asked.
        Assert.Equal(2, result.Evaluations.Support);
    }

    [Fact]
    public async Task Ground_CalibrationForMoreTimesteps_IsRefused()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.Supported);
        Change(file => file with { Probe = new NoiseProbe([400, 1000], 1) });

        CliRun run = await CliTest.Run(
            "ground",
            TestImages.Radiograph(_folder.Path),
            "left lower pneumonia",
            "--bundle",
            BundleFolder,
            "--out",
            Out
        );

        run.AssertRefused("confidence.json: asks at time step 1000, the model has 1000");
    }

    [Fact]
    public async Task Ground_PhraseWithoutAPlace_GivesNoConfidence()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.NoRegion);

        (CliRun run, GroundResult result) = await Ground("pneumonia", "left");

        Assert.All(result.Phrases, phrase => Assert.Equal((null, null), (phrase.Confidence, phrase.Region)));
        Assert.Contains("confidence unknown: name a place", run.Output, StringComparison.Ordinal);
        Assert.Contains("confidence unknown: no known pathology", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_CalibrationOfOtherWeights_IsRefused()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.Supported);
        Change(file => file with { WeightsSha256 = new string('0', 64) });

        CliRun run = await CliTest.Run(
            "ground",
            TestImages.Radiograph(_folder.Path),
            "left lower pneumonia",
            "--bundle",
            BundleFolder,
            "--out",
            Out
        );

        run.AssertRefused("was calibrated for a bundle whose weight file has SHA-256 0000");
    }

    [Fact]
    public async Task Ground_ChangedCalibration_IsRefusedByItsChecksum()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.Supported);
        File.AppendAllText(Path.Combine(BundleFolder, "confidence.json"), " ");

        CliRun run = await CliTest.Run(
            "ground",
            TestImages.Radiograph(_folder.Path),
            "left lower pneumonia",
            "--bundle",
            BundleFolder,
            "--out",
            Out
        );

        run.AssertRefused("confidence.json: has");
    }

    [Fact]
    public async Task Inspect_Bundle_SaysWhetherItIsCalibrated()
    {
        TinyBundle.Copy(BundleFolder);
        Assert.Contains("not calibrated", (await CliTest.Run("inspect", BundleFolder)).Output, StringComparison.Ordinal);
        CalibratedBundle.Calibrate(BundleFolder, RegionSupport.Supported);
        Assert.Contains(
            "calibrated on 1 images, 4 U-Net evaluations for one phrase: by hand AUROC 0.500",
            (await CliTest.Run("inspect", BundleFolder)).Output,
            StringComparison.Ordinal
        );
        Change(file => file with { WeightsSha256 = new string('0', 64) });
        Assert.Contains("unusable", (await CliTest.Run("inspect", BundleFolder)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_CalibratedBundle_WritesConfidenceIntoItsLines()
    {
        CalibratedBundle.Calibrate(TinyBundle.Copy(BundleFolder), RegionSupport.NoRegion);
        TestImages.Radiograph(_folder.Path, "a.png");
        File.WriteAllText(_folder.File("m.csv"), "image,phrase\na.png,left lower pneumonia\n");

        Assert.Equal(0, (await CliTest.Run("batch", _folder.File("m.csv"), "--out", Out, "--bundle", BundleFolder)).Code);
        JsonElement line = JsonDocument.Parse(File.ReadAllLines(Path.Combine(Out, "results.jsonl")).Single()).RootElement;

        Assert.Equal(
            (0.5, "no_region", 0),
            (line.GetProperty("confidence").GetDouble(), line.GetProperty("region").GetString(), line.GetProperty("boxes").GetArrayLength())
        );
    }

    /// <summary>Changes the calibration and forges its checksum.</summary>
    private void Change(Func<ConfidenceCalibration, ConfidenceCalibration> change)
    {
        string path = Path.Combine(BundleFolder, "confidence.json");
        ConfidenceFile.Write(path, change(ConfidenceFile.Read(path)));
        string manifestPath = Path.Combine(BundleFolder, BundleManifestFile.FileName);
        BundleManifest manifest = BundleManifestFile.Read(manifestPath);
        File.Delete(manifestPath);
        BundleManifestFile.Seal(BundleFolder, manifest);
    }
}
