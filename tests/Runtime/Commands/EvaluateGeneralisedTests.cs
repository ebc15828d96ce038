using System.Text.Json;
using CxrOnnx.CommandLine;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class EvaluateGeneralisedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string _annotations = Path.Combine(Samples, "annotations.csv");
    private string _images = Samples;

    private static string Samples => Path.Combine(Fixtures.Repository, "models", "samples");

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Evaluate(string folder, params string[] arguments) =>
        CliTest.Run([
            "evaluate",
            "--generalised",
            "--dataset",
            "phantom",
            "--annotations",
            _annotations,
            "--images",
            _images,
            "--bootstrap",
            "50",
            "--out",
            _folder.File(folder),
            .. arguments,
        ]);

    private JsonElement Document(string folder) =>
        JsonDocument.Parse(File.ReadAllText(_folder.File($"{folder}/generalised.json"))).RootElement;

    private static double Mean(JsonElement system, string name) => system.GetProperty(name).GetProperty("mean").GetDouble();

    [Fact]
    public async Task Evaluate_BundleAndPrior_OnlyTheBundleHasPhrasesWithoutARegion()
    {
        // Two of the images: it is the bundle that takes the time.
        const int header = 1,
            boxes = 4;
        _annotations = _folder.Write("two.csv", string.Join('\n', File.ReadLines(_annotations).Take(header + boxes)));
        _images = Directory.CreateDirectory(_folder.File("images")).FullName;
        foreach (string name in (string[])["left-lower-pneumonia.png", "effusion-and-pneumothorax.png"])
        {
            File.Copy(Path.Combine(Samples, name), Path.Combine(_images, name));
        }

        CliRun run = await Evaluate(
            "out",
            "--bundle",
            Path.Combine(Fixtures.Repository, "models", "cxr-phantom"),
            "--preset",
            "turbo",
            "--baseline",
            "prior-wide"
        );

        Assert.True(run.Code == ExitCodes.Done, run.Error);
        JsonElement[] systems = [.. Document("out").GetProperty("systems").EnumerateArray()];
        Assert.Equal(["cxr-phantom (turbo)", "prior-wide"], systems.Select(system => system.GetProperty("name").GetString()));
        Assert.InRange(Mean(systems[0], "unsupported_without_region"), 0.3, 1);
        Assert.Equal(1, Mean(systems[0].GetProperty("without_region"), "denied"));
        Assert.Equal(0, Mean(systems[1], "unsupported_without_region"));

        // It has no confidence: no phrase has a higher score than another.
        Assert.Equal(0, Mean(systems[1].GetProperty("sweep"), "without_region_at_90"));
        Assert.InRange(Mean(systems[0], "ap30"), 0.2, 1);

        // A region that the verdict keeps back is in the document all the same: a sweep needs it.
        Assert.Contains(
            systems[0].GetProperty("answers").EnumerateArray(),
            answer => answer.GetProperty("withheld").GetBoolean() && answer.GetProperty("regions").GetArrayLength() > 0
        );
        string page = await File.ReadAllTextAsync(_folder.File("out/generalised.html"), TestContext.Current.CancellationToken);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains(
            "| prior-wide |",
            await File.ReadAllTextAsync(_folder.File("out/generalised.md"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Evaluate_ScoredBoxesThatAreRight_HaveAnAveragePrecisionOfOne()
    {
        Assert.Equal(ExitCodes.Done, (await Evaluate("first", "--baseline", "prior")).Code);
        JsonElement[] phrases = [.. Document("first").GetProperty("phrases").EnumerateArray()];
        string Entry(JsonElement phrase) =>
            JsonSerializer.Serialize(
                new
                {
                    image_id = phrase.GetProperty("image_id").GetString(),
                    label_text = phrase.GetProperty("label_text").GetString(),
                    category_name = phrase.GetProperty("category_name").GetString(),
                    boxes = phrase.GetProperty("boxes"),
                    score = 0.9,
                }
            );
        string boxes = _folder.Write("boxes.json", $"[{string.Join(",\n", phrases.Select(Entry))}]");

        CliRun run = await Evaluate("second", "--boxes", boxes);

        Assert.True(run.Code == ExitCodes.Done, run.Error);
        JsonElement system = Assert.Single(Document("second").GetProperty("systems").EnumerateArray());
        Assert.Equal((1, 1, 1), (Mean(system, "ap30"), Mean(system, "ap50"), Mean(system, "unsupported_without_region")));

        // A phrase without an entry is no silent "no region".
        _folder.Write("boxes.json", $"[{string.Join(",\n", phrases.Skip(1).Select(Entry))}]");
        run = await Evaluate("third", "--boxes", boxes);
        Assert.Equal(ExitCodes.WrongInput, run.Code);
        Assert.Contains("no answer to 1 of", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("third")));
    }

    [Theory]
    [InlineData("--require", "prior.miou > 0.1")]
    [InlineData("--prompts", "text")]
    public async Task Evaluate_OptionsOfTheOtherTask_AreRefused(string option, string value)
    {
        CliRun run = await Evaluate("out", "--baseline", "prior", option, value);

        Assert.Equal(ExitCodes.WrongInput, run.Code);
        Assert.Contains("--generalised takes no --require", run.Error, StringComparison.Ordinal);
    }
}
