using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Lab.Pipelines;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

[Trait("Category", "slow")]
public sealed class PipelineRunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-pipeline-").FullName;
    private readonly List<string> _runs = [];
    private string Input => Path.Combine(_folder, "settings.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_SecondTime_DoesNothing()
    {
        PipelineDefinition pipeline = TwoStages();

        Assert.Equal(0, await Run(pipeline));
        Assert.Equal(0, await Run(pipeline));

        Assert.Equal(["first", "second"], _runs);
    }

    [Fact]
    public async Task Run_InputChanged_RunsTheStageAndWhatDependsOnIt()
    {
        PipelineDefinition pipeline = TwoStages();
        await Run(pipeline);
        File.WriteAllText(Input, "other");

        await Run(pipeline);

        Assert.Equal(["first", "second", "first", "second"], _runs);
    }

    [Fact]
    public async Task Run_OutputDamaged_RunsOnlyThatStageAgain()
    {
        PipelineDefinition pipeline = TwoStages();
        await Run(pipeline);
        File.WriteAllText(Path.Combine(_folder, "out", "second"), "damaged");

        await Run(pipeline);

        Assert.Equal(["first", "second", "second"], _runs);
    }

    [Fact]
    public async Task Run_From_RunsThisAndLaterStages()
    {
        PipelineDefinition pipeline = TwoStages();
        await Run(pipeline);

        await Run(pipeline, from: "second");

        Assert.Equal(["first", "second", "second"], _runs);
    }

    [Fact]
    public async Task Run_DryRun_RunsNothing()
    {
        Assert.Equal(0, await Run(TwoStages(), dryRun: true));
        Assert.Empty(_runs);
    }

    [Theory]
    [InlineData(130, "[1/2] first: stopped; the same command goes on from here")]
    [InlineData(7, "[1/2] first: failed with exit code 7")]
    public async Task Run_StageEndsEarly_SaysWhetherItWasStoppedOrFailed(int code, string expected)
    {
        List<string> lines = [];
        PipelineRunner runner = new((_, _) => Task.FromResult(code), lines.Add);

        Assert.Equal(code, await runner.RunAsync(TwoStages(), null, false, TestContext.Current.CancellationToken));

        Assert.Equal(expected, lines[^1]);
    }

    [Fact]
    public async Task Run_StageFails_StopsWithItsExitCodeAndRunsItAgainNextTime()
    {
        PipelineDefinition pipeline = TwoStages();
        PipelineRunner failing = new((_, _) => Task.FromResult(7), _ => { });

        Assert.Equal(7, await failing.RunAsync(pipeline, null, false, TestContext.Current.CancellationToken));
        Assert.Equal(0, await Run(pipeline));

        Assert.Equal(["first", "second"], _runs);
    }

    [Fact]
    public async Task Run_PartialWorkOfOtherSettings_IsRemovedButFilesOutsideTheFolderStay()
    {
        string outside = Path.Combine(_folder, "kept");
        PipelineDefinition Pipeline(string seed) =>
            new(
                "p",
                Path.Combine(_folder, "out"),
                [Stage("first", [Input], [Path.Combine(_folder, "out", "first"), outside], [new("seed", [seed])])]
            );
        File.WriteAllText(Input, "a");
        File.WriteAllText(outside, "precious");
        Directory.CreateDirectory(Path.Combine(_folder, "out"));
        File.WriteAllText(Path.Combine(_folder, "out", "first"), "half");
        PipelineRunner failing = new((_, _) => Task.FromResult(1), _ => { });
        await failing.RunAsync(Pipeline("1"), null, false, TestContext.Current.CancellationToken);

        await failing.RunAsync(Pipeline("2"), null, false, TestContext.Current.CancellationToken);

        Assert.False(File.Exists(Path.Combine(_folder, "out", "first")));
        Assert.Equal("precious", File.ReadAllText(outside));
    }

    [Fact]
    public async Task Run_UnknownFrom_NamesTheStages()
    {
        InputException exception = await Assert.ThrowsAsync<InputException>(() => Run(TwoStages(), from: "third"));
        Assert.Contains("first, second", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SeveralMistakes_ReportsAllAtOnce()
    {
        string path = Path.Combine(_folder, "bad.yaml");
        File.WriteAllText(
            path,
            "name: x\ncolour: red\nstages:\n  - name: a\n    run: b\n  - name: a\n    command: c\n  - name: a\n    command: d\n"
        );

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => PipelineFile.Load(path));

        Assert.Contains(exception.Problems, problem => problem.Contains("colour", StringComparison.Ordinal));
        Assert.Contains(exception.Problems, problem => problem.Contains("folder", StringComparison.Ordinal));
        Assert.Contains(exception.Problems, problem => problem.Contains("unknown key 'run'", StringComparison.Ordinal));
        Assert.Contains(exception.Problems, problem => problem.Contains("'a' is used 2 times", StringComparison.Ordinal));
    }

    [Fact]
    public void CommandLine_FlagsListsAndArguments_AreSpelledOut()
    {
        PipelineStage stage = new(
            "s",
            "cxr evaluate",
            ["a b"],
            [new("json", ["true"]), new("quiet", ["false"]), new("bundle", ["x", "y"])],
            [],
            []
        );
        Assert.Equal(["cxr", "evaluate", "a b", "--json", "--bundle", "x", "--bundle", "y"], stage.CommandLine());
    }

    private Task<int> Run(PipelineDefinition pipeline, string? from = null, bool dryRun = false)
    {
        PipelineRunner runner = new(
            (words, _) =>
            {
                _runs.Add(words[0]);
                string output = Path.Combine(_folder, "out", words[0]);
                Directory.CreateDirectory(Path.GetDirectoryName(output)!);
                File.WriteAllText(
                    output,
                    words[0] == "first" ? File.ReadAllText(Input) : File.ReadAllText(Path.Combine(_folder, "out", "first"))
                );
                return Task.FromResult(0);
            },
            _ => { }
        );
        return runner.RunAsync(pipeline, from, dryRun, TestContext.Current.CancellationToken);
    }

    private PipelineDefinition TwoStages()
    {
        File.WriteAllText(Input, "settings");
        string output = Path.Combine(_folder, "out");
        return new PipelineDefinition(
            "p",
            output,
            [
                Stage("first", [Input], [Path.Combine(output, "first")], []),
                Stage("second", [Path.Combine(output, "first")], [Path.Combine(output, "second")], []),
            ]
        );
    }

    private static PipelineStage Stage(
        string name,
        string[] inputs,
        string[] outputs,
        KeyValuePair<string, IReadOnlyList<string>>[] options
    ) => new(name, name, [], options, inputs, outputs);
}
