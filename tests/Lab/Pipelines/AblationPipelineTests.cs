using CxrOnnx.Lab.Pipelines;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Settings;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

[Trait("Category", "quick")]
public sealed class AblationPipelineTests : IDisposable
{
    private static readonly string Base = Path.Combine(Fixtures.Repository, "pipelines", "settings", "phantom-tuning.yaml");

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-ablations-").FullName;

    public static TheoryData<string> Variants { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Fixtures.Repository, "pipelines", "settings", "ablations"), "*.yaml")
            .Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Settings_Variant_ChangesOneThingOnly(string file)
    {
        PromptTuningSettings original = RunSettingsFile.Load(Base).Tuning;
        PromptTuningSettings variant = RunSettingsFile.Load(Path.Combine(Path.GetDirectoryName(Base)!, "ablations", file)).Tuning;

        Assert.Single(SettingsDifferences.OfTuning(original, variant));
    }

    [Fact]
    public void Pipeline_EveryVariant_IsTunedExportedAndEvaluated()
    {
        PipelineDefinition pipeline = Load();
        string[] names = [.. Variants.Select(row => Path.GetFileNameWithoutExtension(row.Data))];
        PipelineStage[] evaluations =
        [
            .. pipeline.Stages.Where(stage => stage.Name.StartsWith("ablation-evaluate-", StringComparison.Ordinal)),
        ];

        Assert.Equal(2, evaluations.Length);
        foreach (string name in names)
        {
            PipelineStage tune = pipeline.Stages.Single(stage => stage.Name == $"ablation-tune-{name}");
            PipelineStage export = pipeline.Stages.Single(stage => stage.Name == $"ablation-export-{name}");
            string settings = Value(tune, "settings");
            Assert.Equal(name, Path.GetFileNameWithoutExtension(settings));
            Assert.Contains(settings, tune.Inputs);
            Assert.Equal($"{Value(tune, "out")}/codebook.safetensors", Value(export, "codebook"));
            Assert.All(
                evaluations,
                evaluation => Assert.Contains(Value(export, "out"), evaluation.Options.Single(option => option.Key == "bundle").Value)
            );
        }
    }

    [Fact]
    public void Pipeline_EveryTuning_ReadsTheSameSetAndSharesItsTrajectories()
    {
        PipelineStage[] tunings = [.. Load().Stages.Where(stage => stage.Command == "tune")];

        foreach (string option in new[] { "data", "images", "atlas", "cache" })
        {
            Assert.Single(tunings.Select(stage => Value(stage, option)).Distinct());
        }
    }

    [Fact]
    public void Pipeline_SharedStages_AreThoseOfThePhantomPipeline()
    {
        // The same names in the same folder share their records: the model is not trained twice, and nothing of it is thrown away.
        PipelineDefinition phantom = PipelineFile.Load(Path.Combine(Fixtures.Repository, "pipelines", "phantom.yaml"));
        PipelineDefinition ablations = PipelineFile.Load(Path.Combine(Fixtures.Repository, "pipelines", "ablations.yaml"));

        Assert.Equal(phantom.Folder, ablations.Folder);
        PipelineStage[] shared = [.. ablations.Stages.Where(stage => phantom.Stages.Any(other => other.Name == stage.Name))];
        Assert.Equal(
            ["vae", "text", "diffusion", "tuning-images", "atlas", "curate", "tune", "uncalibrated-bundle", "frozen-bundle"],
            shared.Select(stage => stage.Name)
        );
        foreach (PipelineStage stage in shared)
        {
            PipelineStage other = phantom.Stages.Single(item => item.Name == stage.Name);
            Assert.Equal(other.CommandLine(), stage.CommandLine());
            Assert.Equal(other.Inputs, stage.Inputs);
            Assert.Equal(other.Outputs, stage.Outputs);
        }
    }

    [Fact]
    public async Task Pipeline_DryRun_SaysEveryStage()
    {
        List<string> lines = [];
        PipelineRunner runner = new((_, _) => Task.FromResult(9), lines.Add);
        PipelineDefinition pipeline = Load();

        Assert.Equal(0, await runner.RunAsync(pipeline, null, dryRun: true, TestContext.Current.CancellationToken));

        Assert.Equal(pipeline.Stages.Count, lines.Count);
        Assert.All(lines, line => Assert.Contains("would run cxr-lab", line, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void KeyOf_OneVariantsSettings_ConcernThatVariantOnly()
    {
        string Key(string text)
        {
            File.WriteAllText(Path.Combine(_folder, "alpha-0.yaml"), text);
            PipelineStage stage = Load().Stages.Single(item => item.Name == "ablation-tune-alpha-0");
            return StageCache.KeyOf(stage with { Inputs = [Path.Combine(_folder, "alpha-0.yaml")] })!;
        }

        Assert.Equal(Key("tuning: { jitter: 0 }"), Key("tuning: { jitter: 0 }"));
        Assert.NotEqual(Key("tuning: { jitter: 0 }"), Key("tuning: { jitter: 0.1 }"));
    }

    [Fact]
    public void Pipeline_CxrStages_AreCommandLinesThatCxrUnderstands()
    {
        System.CommandLine.RootCommand root = CxrOnnx.Commands.CxrCommands.CreateRoot();
        PipelineStage[] stages = [.. Load().Stages.Where(stage => stage.Command.StartsWith("cxr ", StringComparison.Ordinal))];

        Assert.Equal(6, stages.Length);
        Assert.All(stages, stage => Assert.Empty(root.Parse([.. stage.CommandLine().Skip(1)]).Errors.Select(error => error.Message)));
    }

    private PipelineDefinition Load() => PipelineFile.Load(Path.Combine(Fixtures.Repository, "pipelines", "ablations.yaml"), _folder);

    private static string Value(PipelineStage stage, string option) =>
        Assert.Single(stage.Options.Single(item => item.Key == option).Value);
}
