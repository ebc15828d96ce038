using CxrOnnx.Core.Configuration;
using CxrOnnx.Lab.Pipelines;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Settings;
using Xunit;

namespace CxrOnnx.Lab.Tests.Pipelines;

[Trait("Category", "quick")]
public sealed class ShippedPipelineTests
{
    public static TheoryData<string> Pipelines { get; } = [.. Files("pipelines", SearchOption.TopDirectoryOnly)];

    public static TheoryData<string> Settings { get; } = [.. Files("pipelines/settings", SearchOption.AllDirectories)];

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void Load_Pipeline_NamesOnlyFilesThatExistOrThatAnEarlierStageMakes(string file)
    {
        PipelineDefinition pipeline = PipelineFile.Load(Path.Combine(Fixtures.Repository, file), "made");
        Assert.NotEmpty(pipeline.Stages);
        // What is fetched is not in the repository; a dry run tells it.
        List<string> made = [.. pipeline.Sources.Select(source => source.Path)];
        foreach (PipelineStage stage in pipeline.Stages)
        {
            // A system of an evaluation may be given as NAME=PATH. A cache is nobody's result: whichever stage needs it makes it.
            string[] values =
            [
                .. stage
                    .Options.Where(option => option.Key != "cache")
                    .SelectMany(option => option.Value)
                    .Concat(stage.Arguments)
                    .Select(value => value.Split('=')[^1]),
            ];
            foreach (string path in stage.Inputs.Concat(values.Where(value => value.Contains('/', StringComparison.Ordinal))))
            {
                bool own = !stage.Inputs.Contains(path) && stage.Outputs.Any(output => Touches(path, output));
                Assert.True(
                    own || made.Any(output => Touches(path, output)) || Path.Exists(Path.Combine(Fixtures.Repository, path)),
                    $"{file}, stage {stage.Name}: {path} does not exist and no earlier stage makes it"
                );
            }

            made.AddRange(stage.Outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Load_Settings_AreReadByTheirOwnReader(string file)
    {
        string path = Path.Combine(Fixtures.Repository, file);
        if (File.ReadLines(path).Any(line => line.StartsWith("unet:", StringComparison.Ordinal)))
        {
            Assert.NotNull(ModelConfigurationFile.Load(path));
        }
        else if (File.ReadLines(path).Any(line => line.StartsWith("grounding:", StringComparison.Ordinal)))
        {
            ModelConfiguration model = ModelConfigurationFile.Load(Path.Combine(Fixtures.Repository, "models", "cxr-phantom-reports.yaml"));
            Assert.NotNull(ModelConfigurationFile.WithGrounding(model, path));
        }
        else
        {
            Assert.NotNull(RunSettingsFile.Load(path));
        }
    }

    [Fact]
    public void Settings_ShortSchedule_IsThePhantomsInSmallerBatches()
    {
        RunSettings whole = Load("phantom.yaml"),
            brief = Load("phantom-short.yaml");

        Assert.Empty(SettingsDifferences.Of(whole.Data, brief.Data));
        Assert.Empty(SettingsDifferences.Of(whole.Captions, brief.Captions));
        Assert.Equal(
            [
                nameof(DiffusionTrainingSettings.BatchSize),
                nameof(DiffusionTrainingSettings.LearningRate),
                nameof(DiffusionTrainingSettings.ValidateEvery),
            ],
            SettingsDifferences.Of(whole.Diffusion, brief.Diffusion).Order(StringComparer.Ordinal)
        );
        // "an eighth of the work", as the file and the documents say.
        long Images(RunSettings settings) => settings.Diffusion.BatchSize * settings.Diffusion.EndStep;
        Assert.Equal(8, (double)Images(whole) / Images(brief), 0.5);

        static RunSettings Load(string file) => RunSettingsFile.Load(Path.Combine(Fixtures.Repository, "pipelines", "settings", file));
    }

    [Fact]
    public void Load_PhantomWithTheShortSchedule_ChangesTheUNetsStageOnly()
    {
        string path = Path.Combine(Fixtures.Repository, "pipelines", "phantom.yaml");
        const string Short = "pipelines/settings/phantom-short.yaml";
        PipelineDefinition whole = PipelineFile.Load(path),
            brief = PipelineFile.Load(path, null, new Dictionary<string, string> { ["unet-settings"] = Short });

        string[] changed =
        [
            .. whole
                .Stages.Zip(brief.Stages)
                .Where(pair =>
                    !pair.First.CommandLine().SequenceEqual(pair.Second.CommandLine())
                    || !pair.First.Inputs.SequenceEqual(pair.Second.Inputs)
                )
                .Select(pair => pair.First.Name),
        ];

        Assert.Equal(["diffusion"], changed);
        Assert.Contains(Short, brief.Stages.Single(stage => stage.Name == "diffusion").Inputs);
    }

    private static bool Touches(string path, string output) =>
        path == output
        || path.StartsWith(output.TrimEnd('/') + "/", StringComparison.Ordinal)
        || output.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static IEnumerable<string> Files(string folder, SearchOption option) =>
        Directory
            .EnumerateFiles(Path.Combine(Fixtures.Repository, folder), "*.yaml", option)
            .Select(file => Path.GetRelativePath(Fixtures.Repository, file))
            .Order(StringComparer.Ordinal);
}
