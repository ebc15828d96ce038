using System.Globalization;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Confidence;

[Trait("Category", "slow")]
public sealed class CalibrateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-calibrate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private async Task<string> Phantoms(string name, int count, int first)
    {
        LabRun run = await LabRun.Of(
            "phantom",
            "--out",
            In(name),
            "--count",
            count.ToString(CultureInfo.InvariantCulture),
            "--size",
            "96x112",
            "--first",
            first.ToString(CultureInfo.InvariantCulture)
        );
        Assert.True(run.ExitCode == 0, run.Error);
        return In($"{name}/ms-cxr.csv");
    }

    private Task<LabRun> Calibrate(params string[] arguments) =>
        LabRun.Of(["calibrate", "--bundle", TinyBundle.Folder, "--bootstrap", "50", "--out", In("confidence.json"), .. arguments]);

    [Fact]
    public async Task Calibrate_Phantoms_WritesWhatABundleCanUseAndKeepsItsCriteria()
    {
        string annotations = await Phantoms("set", 18, 10_000_000);
        string test = await Phantoms("test", 6, 11_000_000);

        LabRun run = await Calibrate(
            "--annotations",
            annotations,
            "--test",
            $"elsewhere={test}",
            "--sensitivity",
            "0.9",
            "--specificity",
            "0.8"
        );

        Assert.True(run.ExitCode == 0, run.Error);
        ConfidenceCalibration calibration = ConfidenceFile.Read(In("confidence.json"));
        ConfidenceModel model = calibration.Model;
        Assert.Equal([290, 470], calibration.Probe.Timesteps);
        Assert.Equal(SupportFeatures.Names, model.Features.Select(feature => feature.Name));
        Assert.InRange(calibration.References!.Count, ConfidenceFile.FewestReferences, 8);
        Assert.Equal(
            calibration.References.Count,
            calibration
                .References.Select(text => StandardPrompt.TryParse(text, out StandardPrompt? prompt) ? prompt.Pathology : null)
                .Distinct()
                .Count()
        );
        Assert.Equal(["held-out patients", "elsewhere"], model.Figures.Select(figures => figures.Name));
        ConfidenceFigures heldOut = model.Figures[0];
        Assert.Equal((calibration.Data.Supported, calibration.Data.Unsupported), (heldOut.Supported, heldOut.Unsupported));
        Assert.Equal(heldOut.Unsupported, heldOut.Kinds.Sum(kind => kind.Unsupported));
        Assert.Equal(heldOut.Supported + heldOut.Unsupported, heldOut.Reliability.Sum(bin => bin.Count));
        Assert.Null(heldOut.Mirrored);
        Assert.True(model.Figures[1].Mirrored!.Phrases > 0);
        Assert.True(heldOut.SamePhrase.Pairs > 0);
        Assert.InRange(heldOut.SamePhrase.Share!.Value, 0, 1);
        Assert.InRange(heldOut.Auroc.Value, heldOut.Auroc.Ci95[0], heldOut.Auroc.Ci95[1]);
        Assert.True(heldOut.States.SupportedAsNoRegion <= 0.1 + 1e-9, $"{heldOut.States}");
        Assert.True(heldOut.States.UnsupportedAsSupported <= 0.2 + 1e-9, $"{heldOut.States}");
        Assert.Contains("elsewhere", run.Output, StringComparison.Ordinal);
        Assert.True(new FileInfo(In("confidence.roc.png")).Length > 10_000);

        // Every case is in the table, with what was made of it; the model repeats it from the features.
        string[][] rows = [.. File.ReadLines(In("confidence.cases.csv")).Select(line => line.Split(','))];
        Assert.Equal(model.Figures.Sum(figures => figures.Supported + figures.Unsupported), rows.Length - 1);
        foreach (string[] row in rows.Where(row => row[0] == "elsewhere"))
        {
            PhraseConfidence again = model.Assess([.. row[7..].Select(value => double.Parse(value, CultureInfo.InvariantCulture))]);
            Assert.Equal(double.Parse(row[4], CultureInfo.InvariantCulture), again.Probability, 1e-6);
        }

        // A second run gives the same file.
        string first = await File.ReadAllTextAsync(In("confidence.json"), TestContext.Current.CancellationToken);
        run = await Calibrate("--annotations", annotations, "--test", $"elsewhere={test}", "--sensitivity", "0.9", "--specificity", "0.8");
        Assert.Equal(first, await File.ReadAllTextAsync(In("confidence.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Calibrate_WithoutReferences_ComparesWithNone()
    {
        LabRun run = await Calibrate("--annotations", await Phantoms("set", 12, 10_000_000), "--references", "0");

        Assert.True(run.ExitCode == 0, run.Error);
        ConfidenceCalibration calibration = ConfidenceFile.Read(In("confidence.json"));
        Assert.Null(calibration.References);
        Assert.Equal(SupportFeatures.Names.Take(SupportFeatures.OwnCount), calibration.Model.Features.Select(feature => feature.Name));
        string header = File.ReadLines(In("confidence.cases.csv")).First();
        Assert.EndsWith(",image_gain", header, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calibrate_WrongInput_IsRefusedInOneLine()
    {
        string annotations = await Phantoms("set", 6, 10_000_000);
        foreach (
            (string[] arguments, string problem) in (IEnumerable<(string[], string)>)
                [
                    (["--annotations", annotations], "5 folds need at least 10"),
                    (["--annotations", annotations, "--test", $"again={annotations}"], "is among those that the calibration learns from"),
                    (["--annotations", annotations, "--test", annotations], "give each set as NAME=FILE"),
                    (["--annotations", annotations, annotations, "--images", In("set")], "1 folders for 2 annotation files"),
                    (["--annotations", annotations, "--sensitivity", "1.5"], "--sensitivity 1.5: must lie in (0, 1]"),
                    (["--annotations", annotations, "--specificity", "0"], "--specificity 0: must lie in (0, 1]"),
                    (["--annotations", annotations, "--ridge", "0"], "--ridge 0: must be positive"),
                    (["--annotations", annotations, "--folds", "1"], "--folds 1: must be at least 2"),
                    (["--annotations", annotations, "--noise-pairs", "0"], "--noise-pairs 0: must be 1 to 64"),
                    (["--annotations", annotations, "--references", "3"], "--references 3: must be 0 or 4 to 64"),
                    (["--annotations", annotations, "--noise-range", "0.5", "0.2"], "--noise-range 0.5 0.2: wanted two shares in order"),
                    (["--annotations", In("nowhere.csv")], "nowhere.csv"),
                ]
        )
        {
            LabRun run = await Calibrate(arguments);

            Assert.Equal(2, run.ExitCode);
            string line = run.Error.TrimEnd('\n').Split('\n')[^1];
            Assert.StartsWith("error: ", line, StringComparison.Ordinal);
            Assert.Contains(problem, line, StringComparison.Ordinal);
            Assert.False(File.Exists(In("confidence.json")));
        }
    }
}
