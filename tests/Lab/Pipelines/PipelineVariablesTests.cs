using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Lab.Pipelines;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

[Trait("Category", "slow")]
public sealed class PipelineVariablesTests : IDisposable
{
    private const string Text = """
        name: v
        folder: FOLDER
        variables:
          data: { about: "where the data is" }
          file: { about: "the file", default: "{data}/a.csv" }
          other: { about: "another system", optional: true }
        sources:
          - { path: "{file}", from: "https://example.org/a" }
          - { path: "{data}/images", from: "https://example.org/a" }
          - { path: "{other}", from: "the other system" }
        stages:
          - name: one
            command: one
            arguments: ["{file}", "{other}"]
            options:
              boxes: ["other={other}"]
              crop: ["{other?}other=square", "mine=pad"]
              flag: true
              out: "{folder}/one"
            inputs: ["{file}", "{other}"]
            outputs: ["{folder}/one"]
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-variables-").FullName;
    private readonly List<string> _lines = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_OptionalVariableWithoutValue_LeavesOutWhatNamesIt()
    {
        PipelineStage stage = Load(("data", "d")).Stages[0];

        Assert.Equal(["one", "d/a.csv", "--crop", "mine=pad", "--flag", "--out", $"{Out}/one"], stage.CommandLine());
        Assert.Equal(["d/a.csv"], stage.Inputs);
        Assert.Equal(2, Load(("data", "d")).Sources.Count);
    }

    [Fact]
    public void Load_OptionalVariableWithValue_FillsItIn()
    {
        PipelineDefinition pipeline = Load(("data", "d"), ("file", "f.csv"), ("other", "o.json"));

        Assert.Equal(
            [
                "one",
                "f.csv",
                "o.json",
                "--boxes",
                "other=o.json",
                "--crop",
                "other=square",
                "--crop",
                "mine=pad",
                "--flag",
                "--out",
                $"{Out}/one",
            ],
            pipeline.Stages[0].CommandLine()
        );
        Assert.Equal(["f.csv", "d/images", "o.json"], pipeline.Sources.Select(source => source.Path));
    }

    [Theory]
    [InlineData("data=", "variable data has no value; give --set data=VALUE (where the data is)")]
    [InlineData("data=d colour=red", "--set colour: there is no such variable; there are data, file, other")]
    [InlineData("data=d folder=x", "--set folder: the folder is chosen with --folder DIR")]
    public void Load_WrongSettings_AreToldInOneLine(string settings, string expected)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
            PipelineFile.Load(Write(Text), null, PipelineVariables.Parse(settings.Split(' ')))
        );

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("data", "--set data: want NAME=VALUE")]
    [InlineData("=d", "--set =d: want NAME=VALUE")]
    [InlineData("data=a data=b", "data is set twice")]
    public void Parse_OtherForm_IsRefused(string settings, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => PipelineVariables.Parse(settings.Split(' '))).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("{data}/images", "{date}/images", "{date} is no variable; there are data, file, other, folder")]
    [InlineData("\"where the data is\"", "\"\"", "variable data: about: missing")]
    [InlineData("optional: true", "optional: perhaps", "optional: want true or false")]
    [InlineData("optional: true", "must: true", "unknown key 'must'")]
    [InlineData("  data: {", "  Data: {", "a name has lower-case letters, digits and hyphens")]
    [InlineData("from: \"the other system\"", "form: \"x\"", "unknown key 'form', want one of path, from")]
    public void Load_WrongFile_TellsWhere(string text, string by, string expected)
    {
        string path = Write(Text.Replace(text, by, StringComparison.Ordinal));

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
            PipelineFile.Load(path, null, PipelineVariables.Parse(["data=d"]))
        );

        Assert.Contains(exception.Problems, problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DryRun_NothingThere_NamesEveryFileOnceUnderItsPlaceAndFails()
    {
        PipelineDefinition pipeline = Load(("data", Path.Combine(_folder, "data")), ("other", Path.Combine(_folder, "o.json")));

        int code = await Run(pipeline, dryRun: true);

        Assert.Equal(1, code);
        int place = _lines.IndexOf("fetch from https://example.org/a");
        Assert.Equal([$"  {_folder}/data/a.csv", $"  {_folder}/data/images"], _lines.Skip(place + 1).Take(2));
        Assert.Equal($"  {_folder}/o.json", _lines[_lines.IndexOf("fetch from the other system") + 1]);
        Assert.Contains("3 of 3 files and folders that no stage makes are missing", _lines);
    }

    [Fact]
    public async Task DryRun_AllThere_SaysWhatIsLeftOutAndSucceeds()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data", "images", "p10"));
        File.WriteAllText(Path.Combine(_folder, "data", "a.csv"), "a");

        int code = await Run(Load(("data", Path.Combine(_folder, "data"))), dryRun: true);

        Assert.Equal(0, code);
        Assert.Contains("other: not given, left out (another system); --set other=VALUE", _lines);
        Assert.Contains($"file = {_folder}/data/a.csv (default): the file", _lines);
        Assert.Contains("0 of 2 files and folders that no stage makes are missing", _lines);
    }

    [Fact]
    public async Task Run_SourceMissing_EndsBeforeTheFirstStage()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data", "images"));
        File.WriteAllText(Path.Combine(_folder, "data", "a.csv"), "a");

        InputException exception = await Assert.ThrowsAsync<InputException>(() =>
            Run(Load(("data", Path.Combine(_folder, "data"))), dryRun: false)
        );

        // An empty folder is what a download that never began leaves.
        Assert.Contains("1 of 2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("data/images (https://example.org/a); --dry-run lists all", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_lines);
    }

    private string Out => Path.Combine(_folder, "out");

    private Task<int> Run(PipelineDefinition pipeline, bool dryRun) =>
        new PipelineRunner((_, _) => Task.FromResult(9), _lines.Add).RunAsync(
            pipeline,
            null,
            dryRun,
            TestContext.Current.CancellationToken
        );

    private PipelineDefinition Load(params (string Name, string Value)[] settings) =>
        PipelineFile.Load(Write(Text), null, settings.ToDictionary(item => item.Name, item => item.Value));

    private string Write(string text)
    {
        string path = Path.Combine(_folder, "pipeline.yaml");
        File.WriteAllText(path, text.Replace("FOLDER", Out, StringComparison.Ordinal));
        return path;
    }
}
