using System.Text.Json;
using CxrOnnx.Cli;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class EvaluateCommandTests : IDisposable
{
    private const string Annotations = """
        dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,50,60,30,40,96,120
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,60,70,20,20,96,120
        chest,Cardiomegaly,large heart,images/chest.png,30,60,50,40,96,120
        """;

    private readonly TemporaryFolder _folder = new();

    public EvaluateCommandTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"));
        File.WriteAllText(_folder.File("ms.csv"), Annotations);
    }

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Evaluate(params string[] arguments) =>
        CliTest.Run([
            "evaluate",
            "--dataset",
            "ms-cxr",
            "--annotations",
            _folder.File("ms.csv"),
            "--out",
            _folder.File("out"),
            "--bootstrap",
            "50",
            .. arguments,
        ]);

    [Fact]
    public async Task Evaluate_EveryKindOfSystem_WritesOneReport()
    {
        Directory.CreateDirectory(_folder.File("maps"));
        float[] map = [.. Enumerable.Range(0, 96 * 120).Select(i => i < 960 ? float.NaN : (i % 96) + (i / 96))];
        NpyFile.Write(_folder.File("maps/a.npy"), map, 120, 96);
        File.WriteAllText(
            _folder.File("maps/heatmaps.csv"),
            "image_id,label_text,category_name,file\nchest,\"opacity, left lower lobe\",Pneumonia,a.npy\nchest,large "
                + "heart,Cardiomegaly,a.npy\n"
        );
        File.WriteAllText(
            _folder.File("answers.json"),
            """
            [{"image_id": "chest", "label_text": "opacity, left lower lobe", "category_name": "Pneumonia", "boxes": [[50, 60, 30, 40]]},
             {"image_id": "chest", "label_text": "large heart", "category_name": "Cardiomegaly", "boxes": []}]
            """
        );

        CliRun run = await Evaluate(
            "--images",
            _folder.Path,
            "--bundle",
            TinyBundle.Folder,
            "--heatmaps",
            _folder.File("maps"),
            "--boxes",
            _folder.File("answers.json"),
            "--baseline",
            "oracle",
            "--baseline",
            "prior",
            "--per-token",
            "1",
            "--json"
        );

        Assert.Equal(0, run.Code);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Dictionary<string, JsonElement> systems = json
            .RootElement.GetProperty("systems")
            .EnumerateArray()
            .ToDictionary(system => system.GetProperty("name").GetString()!);
        Assert.Equal(["bundle", "maps", "answers", "oracle", "prior"], systems.Keys);
        Assert.All(systems.Values, system => Assert.Equal(2, system.GetProperty("cases").GetArrayLength()));
        JsonElement boxes = systems["answers"].GetProperty("classes");
        Assert.Equal(1, boxes.GetProperty("Pneumonia").GetProperty("miou").GetProperty("mean").GetDouble());
        Assert.Equal(0, boxes.GetProperty("Cardiomegaly").GetProperty("miou").GetProperty("mean").GetDouble());
        Assert.True(
            systems["oracle"].GetProperty("average").GetProperty("miou").GetProperty("mean").GetDouble()
                > systems["maps"].GetProperty("average").GetProperty("miou").GetProperty("mean").GetDouble()
        );
        Assert.Equal(run.Output.Trim(), File.ReadAllText(_folder.File("out/evaluation.json")).Trim());
        Assert.Contains("| oracle |", File.ReadAllText(_folder.File("out/evaluation.md")), StringComparison.Ordinal);
        string html = File.ReadAllText(_folder.File("out/evaluation.html"));

        // Both cases on all five systems, then the bundle's tokens of one ("left", "lower", "pneumonia"); nothing is fetched from
        // elsewhere.
        string[] parts = html.Split("<h2>Attention of each token</h2>");
        Assert.Equal(10, parts[0].Split("data:image/jpeg;base64,").Length - 1);
        Assert.Equal(1 + 3, parts[1].Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("\u201Clower\u201D", parts[1], StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_SameSeed_GivesTheSameBytes()
    {
        await Evaluate("--baseline", "prior-wide", "--seed", "3");
        byte[] first = File.ReadAllBytes(_folder.File("out/evaluation.json"));
        await Evaluate("--baseline", "prior-wide", "--seed", "3");

        Assert.Equal(first, File.ReadAllBytes(_folder.File("out/evaluation.json")));
    }

    [Theory]
    [InlineData("nothing to evaluate")]
    [InlineData("names no splits (column split of MS-CXR 1.1.0); leave out --split", "--baseline", "prior", "--split", "test")]
    [InlineData("--split is empty", "--baseline", "prior", "--split", ",")]
    [InlineData("--image-labels belong to vindr-cxr", "--baseline", "prior", "--image-labels", "x.csv")]
    [InlineData("--bundle looks at the images", "--bundle", "x")]
    [InlineData("no-such: no such folder", "--baseline", "prior", "--images", "no-such")]
    [InlineData("no-such: no heatmaps.csv", "--heatmaps", "no-such")]
    [InlineData("--per-token shows the tokens' attention of bundles", "--baseline", "prior", "--per-token", "2")]
    [InlineData("--require \"prior > 1\": wanted SYSTEM.METRIC", "--baseline", "prior", "--require", "prior > 1")]
    [InlineData("there is no system 'tuned'; there are prior", "--baseline", "prior", "--require", "tuned.cnr > 1")]
    [InlineData("--bootstrap 0: wanted 1 to 1000000", "--baseline", "prior", "--bootstrap", "0")]
    [InlineData("--baseline posterior: known are oracle, prior, prior-wide", "--baseline", "posterior")]
    public async Task Evaluate_WrongArguments_AreRefused(string expected, params string[] arguments) =>
        (
            await CliTest.Run([
                "evaluate",
                "--dataset",
                "ms-cxr",
                "--annotations",
                _folder.File("ms.csv"),
                "--out",
                _folder.File("out"),
                .. arguments,
            ])
        ).AssertRefused(expected);

    [Fact]
    public async Task Evaluate_ImageOfAnotherSize_IsRefused()
    {
        File.WriteAllText(_folder.File("ms.csv"), Annotations.Replace("96,120", "97,120", StringComparison.Ordinal));

        CliRun run = await Evaluate("--images", _folder.Path, "--bundle", TinyBundle.Folder);

        Assert.Equal(2, run.Code);
        Assert.Contains("96x120 pixels, the annotations are for 97x120", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_RequirementNotMet_ExitsWithCode1ButWritesTheReport()
    {
        CliRun run = await Evaluate("--baseline", "oracle", "--require", "oracle.miou >= 0.99");

        Assert.Equal(1, run.Code);
        Assert.Contains("error: \"oracle.miou >= 0.99\" is not met: 0.67", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("out/evaluation.html")));
    }

    [Fact]
    public void Execute_Interrupted_LeavesEarlierResultsAsTheyWere()
    {
        Directory.CreateDirectory(_folder.File("out"));
        File.WriteAllText(_folder.File("out/evaluation.json"), "earlier");
        EvaluateRequest request = new()
        {
            Source = new DatasetSource("ms-cxr", _folder.File("ms.csv")),
            Folder = _folder.File("out"),
            Baselines = ["prior"],
        };
        EvaluateRun run = new(request, CommandOutput.Of(CxrRootCommand.Create().Parse("doctor")), new CancellationToken(canceled: true));

        Assert.ThrowsAny<OperationCanceledException>(run.Execute);
        Assert.Equal(["evaluation.json"], Directory.GetFileSystemEntries(_folder.File("out")).Select(Path.GetFileName));
        Assert.Equal("earlier", File.ReadAllText(_folder.File("out/evaluation.json")));
    }

    [Fact]
    public async Task Evaluate_PromptsOfReports_AreTheirSentences()
    {
        Directory.CreateDirectory(_folder.File("reports"));
        File.WriteAllText(_folder.File("ms.csv"), Annotations.Replace("large heart", "cardiomegaly", StringComparison.Ordinal));
        File.WriteAllText(_folder.File("reports/chest.txt"), "The heart is normal. Left lower lobe pneumonia.");

        CliRun run = await Evaluate(
            "--images",
            _folder.Path,
            "--bundle",
            TinyBundle.Folder,
            "--prompts",
            "report",
            "--reports",
            _folder.File("reports")
        );

        Assert.Equal(0, run.Code);
        Assert.Contains(
            "bundle: 1 phrase asked as annotated: no sentence of their report speaks of the class.",
            run.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("does not know \"lobe\"", run.Output, StringComparison.Ordinal);
        (await Evaluate("--images", _folder.Path, "--bundle", TinyBundle.Folder, "--prompts", "report")).AssertRefused(
            "--prompts report and --reports DIR belong together"
        );
    }

    [Fact]
    public async Task Evaluate_MissingAnswer_IsFoundBeforeTheBundleRuns()
    {
        File.WriteAllText(_folder.File("answers.json"), "[]");

        // The image's annotated size is wrong too: both are told at once.
        File.WriteAllText(_folder.File("ms.csv"), Annotations.Replace("96,120", "97,120", StringComparison.Ordinal));
        CliRun run = await Evaluate("--images", _folder.Path, "--bundle", TinyBundle.Folder, "--boxes", _folder.File("answers.json"));

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.StartsWith("error: 2 things are wrong with the input; nothing was computed:", run.Error, StringComparison.Ordinal);
        Assert.Contains("chest.png: 96x120 pixels, the annotations are for 97x120", run.Error, StringComparison.Ordinal);
        Assert.Contains("answers.json: no answer to 2 of 2 phrases", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_NamedPaths_GiveTheSystemsTheirNames()
    {
        CliRun run = await Evaluate(
            "--images",
            _folder.Path,
            "--bundle",
            $"one={TinyBundle.Folder}",
            $"two={TinyBundle.Folder}",
            "--prompts",
            "standard",
            "--json"
        );

        Assert.Equal(0, run.Code);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement[] systems = [.. json.RootElement.GetProperty("systems").EnumerateArray()];
        Assert.Equal(["one", "two"], systems.Select(system => system.GetProperty("name").GetString()));
        Assert.Equal(systems[0].GetProperty("cases").GetRawText(), systems[1].GetProperty("cases").GetRawText());
        Assert.Contains("standard prompts", systems[0].GetProperty("description").GetString(), StringComparison.Ordinal);
        (await Evaluate("--images", _folder.Path, "--bundle", TinyBundle.Folder, TinyBundle.Folder)).AssertRefused(
            "two systems are called 'bundle'; name one with NAME=PATH"
        );
    }

    [Fact]
    public async Task Prompts_AFormForOneBundle_IsThatBundlesAlone()
    {
        string reports = Directory.CreateDirectory(_folder.File("reports")).FullName;
        foreach (string id in Directory.GetFiles(_folder.File("images")).Select(Path.GetFileNameWithoutExtension).OfType<string>())
        {
            File.WriteAllText(Path.Combine(reports, $"{id}.txt"), "FINDINGS: Left lower pneumonia. Cardiomegaly.\n");
        }

        CliRun run = await Evaluate(
            "--images",
            _folder.Path,
            "--bundle",
            $"one={TinyBundle.Folder}",
            $"two={TinyBundle.Folder}",
            "--prompts",
            "standard",
            "two=report",
            "--reports",
            reports,
            "--json"
        );

        Assert.True(run.Code == 0, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        string[] descriptions =
        [
            .. json.RootElement.GetProperty("systems").EnumerateArray().Select(system => system.GetProperty("description").GetString()!),
        ];
        Assert.Contains("standard prompts", descriptions[0], StringComparison.Ordinal);
        Assert.Contains("sentences of the reports", descriptions[1], StringComparison.Ordinal);
        JsonElement comparison = json.RootElement.GetProperty("comparisons")[0].GetProperty("miou");
        double[] interval = [.. comparison.GetProperty("ratio_ci95").EnumerateArray().Select(value => value.GetDouble())];
        Assert.InRange(comparison.GetProperty("ratio").GetDouble(), interval[0], interval[1]);
    }

    [Theory]
    [InlineData("long", "wanted auto, standard, text, report")]
    [InlineData("=text", "wanted auto, standard, text, report")]
    [InlineData("three=text", "no bundle is called 'three'")]
    public async Task Prompts_AWrongForm_IsRefused(string value, string message)
    {
        CliRun run = await Evaluate("--images", _folder.Path, "--bundle", $"one={TinyBundle.Folder}", "--prompts", value);

        run.AssertRefused(message);
    }

    [Fact]
    public async Task Prompts_TwoFormsForAll_IsRefused()
    {
        CliRun run = await Evaluate("--images", _folder.Path, "--bundle", TinyBundle.Folder, "--prompts", "text", "standard");

        run.AssertRefused("a form for all bundles was given before");
    }
}
