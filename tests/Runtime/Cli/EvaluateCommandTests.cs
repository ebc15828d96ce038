using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Runtime.Tests.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Cli;

public sealed class EvaluateCommandTests : IDisposable
{
    private const string Annotations = """
        dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,50,60,30,40,96,120
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,60,70,20,20,96,120
        chest,Cardiomegaly,large heart,images/chest.png,30,60,50,40,96,120
        """;

    private readonly TemporaryFolder folder = new();

    public EvaluateCommandTests()
    {
        Directory.CreateDirectory(folder.File("images"));
        TestImages.Radiograph(folder.File("images"));
        File.WriteAllText(folder.File("ms.csv"), Annotations);
    }

    public void Dispose() => folder.Dispose();

    private Task<CliRun> Evaluate(params string[] arguments) =>
        CliTest.Run(["evaluate", "--dataset", "ms-cxr", "--annotations", folder.File("ms.csv"), "--out", folder.File("out"), "--bootstrap", "50", .. arguments]);

    [Fact]
    public async Task Evaluate_EveryKindOfSystem_WritesOneReport()
    {
        Directory.CreateDirectory(folder.File("maps"));
        float[] map = [.. Enumerable.Range(0, 96 * 120).Select(i => i < 960 ? float.NaN : (i % 96) + (i / 96))];
        NpyFile.Write(folder.File("maps/a.npy"), map, 120, 96);
        File.WriteAllText(
            folder.File("maps/heatmaps.csv"),
            "image_id,label_text,category_name,file\nchest,\"opacity, left lower lobe\",Pneumonia,a.npy\nchest,large heart,Cardiomegaly,a.npy\n");
        File.WriteAllText(folder.File("answers.json"), """
            [{"image_id": "chest", "label_text": "opacity, left lower lobe", "category_name": "Pneumonia", "boxes": [[50, 60, 30, 40]]},
             {"image_id": "chest", "label_text": "large heart", "category_name": "Cardiomegaly", "boxes": []}]
            """);

        CliRun run = await Evaluate(
            "--images", folder.Path, "--bundle", TinyBundle.Folder, "--heatmaps", folder.File("maps"), "--boxes", folder.File("answers.json"),
            "--baseline", "oracle", "--baseline", "prior", "--json");

        Assert.Equal(0, run.Code);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Dictionary<string, JsonElement> systems = json.RootElement.GetProperty("systems").EnumerateArray().ToDictionary(system => system.GetProperty("name").GetString()!);
        Assert.Equal(["bundle", "maps", "answers", "oracle", "prior"], systems.Keys);
        Assert.All(systems.Values, system => Assert.Equal(2, system.GetProperty("cases").GetArrayLength()));
        JsonElement boxes = systems["answers"].GetProperty("classes");
        Assert.Equal(1, boxes.GetProperty("Pneumonia").GetProperty("miou").GetProperty("mean").GetDouble());
        Assert.Equal(0, boxes.GetProperty("Cardiomegaly").GetProperty("miou").GetProperty("mean").GetDouble());
        Assert.True(
            systems["oracle"].GetProperty("average").GetProperty("miou").GetProperty("mean").GetDouble()
            > systems["maps"].GetProperty("average").GetProperty("miou").GetProperty("mean").GetDouble());
        Assert.Equal(run.Output.Trim(), File.ReadAllText(folder.File("out/evaluation.json")).Trim());
        Assert.Contains("| oracle |", File.ReadAllText(folder.File("out/evaluation.md")), StringComparison.Ordinal);
        string html = File.ReadAllText(folder.File("out/evaluation.html"));

        // Two cases of each of the four systems that draw heatmaps; nothing is fetched from elsewhere.
        Assert.Equal(8, html.Split("data:image/png;base64,").Length - 1);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_SameSeed_GivesTheSameBytes()
    {
        await Evaluate("--baseline", "prior-wide", "--seed", "3");
        byte[] first = File.ReadAllBytes(folder.File("out/evaluation.json"));
        await Evaluate("--baseline", "prior-wide", "--seed", "3");

        Assert.Equal(first, File.ReadAllBytes(folder.File("out/evaluation.json")));
    }

    [Theory]
    [InlineData("nothing to evaluate")]
    [InlineData("--bundle looks at the images", "--bundle", "x")]
    [InlineData("no-such: no such folder", "--baseline", "prior", "--images", "no-such")]
    [InlineData("no-such: no heatmaps.csv", "--heatmaps", "no-such")]
    [InlineData("--bootstrap 0: wanted 1 to 1000000", "--baseline", "prior", "--bootstrap", "0")]
    [InlineData("--baseline posterior: known are oracle, prior, prior-wide", "--baseline", "posterior")]
    public async Task Evaluate_WrongArguments_AreRefused(string expected, params string[] arguments) =>
        (await CliTest.Run(["evaluate", "--dataset", "ms-cxr", "--annotations", folder.File("ms.csv"), "--out", folder.File("out"), .. arguments])).AssertRefused(expected);

    [Fact]
    public async Task Evaluate_ImageOfAnotherSize_IsRefused()
    {
        File.WriteAllText(folder.File("ms.csv"), Annotations.Replace("96,120", "97,120", StringComparison.Ordinal));

        CliRun run = await Evaluate("--images", folder.Path, "--bundle", TinyBundle.Folder);

        Assert.Equal(2, run.Code);
        Assert.Contains("96x120 pixels, the annotations are for 97x120", run.Error, StringComparison.Ordinal);
    }
}
