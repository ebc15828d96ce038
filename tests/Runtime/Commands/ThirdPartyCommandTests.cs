using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>From the list of questions over another system's answers to one report of several data sets.</summary>
[Trait("Category", "slow")]
public sealed class ThirdPartyCommandTests : IDisposable
{
    private const string MsCxr = """
        dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,50,60,30,40,96,120
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,60,70,20,20,96,120
        chest,Cardiomegaly,large heart,images/chest.png,30,60,50,40,96,120
        """;

    private const string VinDr = """
        image_id,class_name,x_min,y_min,x_max,y_max
        chest,Consolidation,50,60,80,100
        chest,Aortic enlargement,40,40,60,60
        """;

    private readonly TemporaryFolder _folder = new();

    public ThirdPartyCommandTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"));
        _folder.Write("ms.csv", MsCxr);
        _folder.Write("vindr.csv", VinDr);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cases_MsCxr_AsksEveryPhraseOnceInEverySystemsWords()
    {
        CliRun run = await Cases("ms-cxr", "ms.csv", "--images", _folder.Path);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("cases.csv: 2 phrases on 1 images", run.Output, StringComparison.Ordinal);
        CsvTable table = CsvTable.Load(_folder.File("cases/cases.csv"));
        CsvTable.Row row = table.Rows[0];
        Assert.Equal(2, table.Rows.Count);
        Assert.Equal("opacity, left lower lobe", table.Text(row, "label_text"));
        Assert.Equal("left lower pneumonia", table.Text(row, "standard_prompt"));
        Assert.Equal(("96", "120"), (table.Text(row, "width"), table.Text(row, "height")));
        Assert.Equal(_folder.File("images/chest.png"), table.Text(row, "image"));
        Assert.Equal("opacity, left lower lobe", table.Text(row, "prompt_maira-2"));
        Assert.Equal("Please locate the following sentence: opacity, left lower lobe", table.Text(row, "prompt_radvlm"));
        Assert.Equal("Please locate the following phrase: opacity, left lower lobe", table.Text(row, "prompt_chexagent"));
        Assert.False(table.Has("x"), "the annotated boxes are not for those who answer");
    }

    [Fact]
    public async Task Cases_ListWithMaps_IsTheIndexOfAHeatmapFolder()
    {
        await Cases("ms-cxr", "ms.csv");
        CsvTable table = CsvTable.Load(_folder.File("cases/cases.csv"));
        File.Copy(_folder.File("cases/cases.csv"), _folder.File("cases/heatmaps.csv"));
        foreach (CsvTable.Row row in table.Rows)
        {
            NpyFile.Write(_folder.File($"cases/{table.Text(row, "file")}"), [1, 2, 3, 4, 5, 6, 7, 8, 10], 3, 3);
        }

        CliRun run = await Evaluate("ms-cxr", "ms.csv", "ms", "--heatmaps", "biovil=" + _folder.File("cases"), "--crop", "biovil=480/512");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("biovil", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cases_VinDr_HaveThePhrasesOfTheEvaluation()
    {
        CliRun run = await Cases("vindr-cxr", "vindr.csv", "--images", _folder.Path, "--json");

        Assert.Equal(0, run.Code);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(1, json.RootElement.GetProperty("cases").GetInt32());
        Assert.Contains("Aortic enlargement (1)", json.RootElement.GetProperty("notes")[1].GetString(), StringComparison.Ordinal);
        CsvTable table = CsvTable.Load(_folder.File("cases/cases.csv"));
        Assert.Equal(table.Text(table.Rows[0], "label_text"), table.Text(table.Rows[0], "standard_prompt"));
        Assert.EndsWith(" consolidation", table.Text(table.Rows[0], "label_text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cases_ImageNotThere_IsRefusedAndNothingIsWritten()
    {
        _folder.Write("ms.csv", MsCxr.Replace("chest", "other", StringComparison.Ordinal));

        (await Cases("ms-cxr", "ms.csv", "--images", _folder.Path)).AssertRefused("no image other");
        Assert.False(Directory.Exists(_folder.File("cases")));
    }

    [Fact]
    public async Task Evaluate_PaperRows_StandApartFromWhatWasComputed()
    {
        CliRun run = await Evaluate("ms-cxr", "ms.csv", "ms", "--baseline", "oracle", "--systems", "paper");

        Assert.Equal(0, run.Code);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(_folder.File("ms/evaluation.json")));
        Assert.Equal(
            ["oracle"],
            json.RootElement.GetProperty("systems").EnumerateArray().Select(item => item.GetProperty("name").GetString())
        );
        JsonElement tuned = json.RootElement.GetProperty("quoted")[3];
        Assert.Equal((1.37, 0.295), (tuned.GetProperty("cnr").GetDouble(), tuned.GetProperty("miou").GetDouble()));
        Assert.Contains("arXiv:2506.10633", tuned.GetProperty("source").GetString(), StringComparison.Ordinal);
        Assert.False(tuned.TryGetProperty("ci95", out _));
        foreach (string file in (ReadOnlySpan<string>)["evaluation.md", "evaluation.html"])
        {
            string text = File.ReadAllText(_folder.File($"ms/{file}"));
            int heading = text.IndexOf("Quoted, not computed here", StringComparison.Ordinal);
            Assert.True(heading > 0, file);
            Assert.True(text.IndexOf("BioViL-T", StringComparison.Ordinal) > heading, file);
        }

        Assert.Contains("quoted, not computed here", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("phantom", "--systems", "paper", "the paper has no figures on phantom")]
    [InlineData("ms-cxr", "--systems", "papers", "known are paper")]
    [InlineData("ms-cxr", "--crop", "oracle=480/512", "no heatmaps or boxes have the name oracle")]
    [InlineData("ms-cxr", "--crop", "480/512", "want NAME=CROP")]
    [InlineData("ms-cxr", "--crop", "x=cut", "--crop cut: wanted CROP/RESIZE such as 480/512")]
    public async Task Evaluate_WrongOption_IsRefused(string dataset, string option, string value, string expected) =>
        (await Evaluate(dataset, "ms.csv", "out", "--baseline", "oracle", option, value)).AssertRefused(expected);

    [Fact]
    public async Task Tables_TwoEvaluations_AreOneReport()
    {
        await Evaluate("ms-cxr", "ms.csv", "ms", "--baseline", "oracle", "prior", "--systems", "paper");
        await Evaluate("vindr-cxr", "vindr.csv", "vindr", "--images", _folder.Path, "--baseline", "oracle");

        CliRun run = await CliTest.Run("tables", _folder.File("ms"), _folder.File("vindr/evaluation.json"), "--out", _folder.File("out"));

        Assert.Equal((0, ""), (run.Code, run.Error));
        string text = File.ReadAllText(_folder.File("out/tables.md"));
        Assert.Contains("## Table 1: ms-cxr, 2 phrases\n\n| system | Pneumonia (1) | Cardiomegaly (1) | average (2) |", text);
        Assert.Contains("## Table 2: vindr-cxr, 1 phrases", text, StringComparison.Ordinal);
        Assert.Contains("| latent diffusion model, tuned | 1.37 | 29.5 | Vilouras et al.", text, StringComparison.Ordinal);
        Assert.True(text.IndexOf("**Quoted", StringComparison.Ordinal) < text.IndexOf("Table 2", StringComparison.Ordinal));
        Assert.DoesNotContain("1.80", text, StringComparison.Ordinal);
        string page = File.ReadAllText(_folder.File("out/tables.html"));
        Assert.Contains("<h2>Table 2: vindr-cxr, 1 phrases</h2>", page, StringComparison.Ordinal);
        Assert.Contains("Quoted, not computed here", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "is no evaluation.json")]
    [InlineData("[", "is no evaluation.json")]
    [InlineData("""{"dataset": "a", "cases": 1, "notes": [], "systems": []}""", "no systems")]
    public async Task Tables_OtherFile_IsRefused(string json, string expected)
    {
        CliRun run = await CliTest.Run("tables", _folder.Write("other.json", json), "--out", _folder.File("out"));

        run.AssertRefused(expected);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    private Task<CliRun> Cases(string dataset, string annotations, params string[] more) =>
        CliTest.Run(["cases", "--dataset", dataset, "--annotations", _folder.File(annotations), "--out", _folder.File("cases"), .. more]);

    private Task<CliRun> Evaluate(string dataset, string annotations, string folder, params string[] more) =>
        CliTest.Run([
            "evaluate",
            "--dataset",
            dataset,
            "--annotations",
            _folder.File(annotations),
            "--out",
            _folder.File(folder),
            "--bootstrap",
            "50",
            "--quiet",
            .. more,
        ]);
}
