using CxrOnnx.Lab.Pipelines;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Settings;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

[Trait("Category", "quick")]
public sealed class ReportsPipelineTests
{
    private static readonly string Pipelines = Path.Combine(Fixtures.Repository, "pipelines");
    private static readonly string Settings = Path.Combine(Pipelines, "settings");

    public static TheoryData<string> Variants { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Settings, "phantom-reports-ablations"), "*.yaml")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => !name.EndsWith("-grounding", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Settings_OfThePapersWorld_AreThePapers()
    {
        RunSettings training = RunSettingsFile.Load(Path.Combine(Settings, "phantom-reports.yaml")),
            text = RunSettingsFile.Load(Path.Combine(Settings, "phantom-reports-text.yaml")),
            tuning = RunSettingsFile.Load(Path.Combine(Settings, "phantom-reports-tuning.yaml"));

        Assert.Equal(0, training.Diffusion.NeutralSpecialsFraction);
        Assert.True(training.Diffusion.FrozenTextEncoder);
        Assert.Equal(1, training.Captions.Report);
        Assert.Equal(TextObjective.Language, text.Text.Objective);
        Assert.True(tuning.Tuning.LearnSharedTokens);
        Assert.Equal([30, 60], tuning.Tuning.StepRange);
        Assert.Equal((0.1, 1.0, 1.0), (tuning.Tuning.Loss.Alpha, tuning.Tuning.Loss.DivergenceWeight, tuning.Tuning.Loss.LocationWeight));
        // The vocabulary of both stages is the same, or the second could not read the first one's rows.
        Assert.Equal(text.Text.Reports, training.Text.Reports);
        Assert.Equal(text.Text.ReportsStart, training.Text.ReportsStart);
        Assert.Equal(text.Text.Objective, training.Text.Objective);
        Assert.Equal(text.Captions, training.Captions);
        Assert.Equal(text.Data.TrainingImages, training.Data.TrainingImages);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Ablation_Variant_ChangesOneThingOnlyAndIsTunedExportedAndEvaluated(string name)
    {
        PromptTuningSettings original = RunSettingsFile.Load(Path.Combine(Settings, "phantom-reports-tuning.yaml")).Tuning,
            variant = RunSettingsFile.Load(Path.Combine(Settings, "phantom-reports-ablations", $"{name}.yaml")).Tuning;
        Assert.Single(SettingsDifferences.OfTuning(original, variant));

        PipelineDefinition pipeline = PipelineFile.Load(Path.Combine(Pipelines, "phantom-reports-ablations.yaml"));
        PipelineStage Stage(string kind) => pipeline.Stages.Single(stage => stage.Name == $"ablation-{kind}-{name}");
        Assert.Equal($"pipelines/settings/phantom-reports-ablations/{name}.yaml", Value(Stage("tune"), "settings"));
        Assert.Equal($"{Value(Stage("tune"), "out")}/codebook.safetensors", Value(Stage("export"), "codebook"));
        Assert.Equal($"{name}={Value(Stage("export"), "out")}", Value(Stage("evaluate"), "bundle"));
    }

    [Fact]
    public void Ablation_SharedStages_AreThoseOfThePipeline()
    {
        PipelineDefinition world = PipelineFile.Load(Path.Combine(Pipelines, "phantom-reports.yaml")),
            ablations = PipelineFile.Load(Path.Combine(Pipelines, "phantom-reports-ablations.yaml"));

        Assert.Equal(world.Folder, ablations.Folder);
        PipelineStage[] shared = [.. ablations.Stages.Where(stage => !stage.Name.StartsWith("ablation-", StringComparison.Ordinal))];
        Assert.Equal(11, shared.Length);
        foreach (PipelineStage stage in shared)
        {
            PipelineStage other = world.Stages.Single(item => item.Name == stage.Name);
            Assert.Equal(other.CommandLine(), stage.CommandLine());
            Assert.Equal(other.Inputs, stage.Inputs);
            Assert.Equal(other.Outputs, stage.Outputs);
        }
    }

    [Fact]
    public void Ablation_NothingIsMeasuredOnTestImages()
    {
        PipelineDefinition ablations = PipelineFile.Load(Path.Combine(Pipelines, "phantom-reports-ablations.yaml"));

        Assert.DoesNotContain(ablations.Stages, stage => stage.CommandLine().Any(word => word.Contains("test-", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("phantom-reports.yaml")]
    [InlineData("phantom-reports-ablations.yaml")]
    [InlineData("phantom-reports-smoke.yaml")]
    public async Task Pipeline_EveryStage_IsACommandLineThatTheToolsUnderstand(string file)
    {
        PipelineDefinition pipeline = PipelineFile.Load(Path.Combine(Pipelines, file), "runs/never");
        System.CommandLine.RootCommand lab = LabCommands.CreateRoot((_, _) => Task.FromResult(9)),
            cxr = CxrOnnx.Commands.CxrCommands.CreateRoot();

        Assert.All(
            pipeline.Stages,
            stage =>
                Assert.Empty(
                    stage.Command.StartsWith("cxr ", StringComparison.Ordinal)
                        ? cxr.Parse([.. stage.CommandLine().Skip(1)]).Errors.Select(error => error.Message)
                        : lab.Parse([.. stage.CommandLine()]).Errors.Select(error => error.Message)
                )
        );
        List<string> lines = [];
        PipelineRunner runner = new((_, _) => Task.FromResult(9), lines.Add);
        Assert.Equal(0, await runner.RunAsync(pipeline, null, dryRun: true, TestContext.Current.CancellationToken));
        Assert.Equal(pipeline.Stages.Count, lines.Count);
    }

    private static string Value(PipelineStage stage, string option) =>
        Assert.Single(stage.Options.Single(item => item.Key == option).Value);
}
