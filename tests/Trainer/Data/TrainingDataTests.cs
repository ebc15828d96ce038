using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Phantom;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Settings;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Data;

[Trait("Category", "quick")]
public sealed class TrainingDataTests
{
    private static readonly TrainingRecord TwoFindings = new()
    {
        Index = 7,
        Findings =
        [
            new()
            {
                Prompt = "left lower pneumonia",
                Pathology = "pneumonia",
                Locations = ["left lower"],
                Boxes =
                [
                    [1, 2, 3, 4],
                ],
            },
            new()
            {
                Prompt = "cardiomegaly",
                Pathology = "cardiomegaly",
                Locations = ["cardiomegaly"],
                Boxes =
                [
                    [5, 6, 7, 8],
                ],
            },
        ],
    };

    [Fact]
    public void RadiographCache_WrittenAndOpened_GivesImagesInAnyOrder()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        RadiographCache.Write(
            folder.Path,
            4,
            "print",
            Enumerable.Range(0, 3).Select(i => (Enumerable.Repeat(i / 2f, 16).ToArray(), TwoFindings with { Index = i }))
        );
        using RadiographCache cache = RadiographCache.Open(folder.Path);
        Assert.Equal("print", cache.Fingerprint);
        Assert.Equal([0L, 1, 2], cache.Records.Select(record => record.Index));
        Assert.Equal("left lower pneumonia", cache.Records[1].Findings[0].Prompt);
        Assert.Equal([5, 6, 7, 8], cache.Records[1].Findings[1].Boxes[0]);
        using Tensor images = cache.Images(2, 0);
        Assert.Equal([2L, 1, 4, 4], images.shape);
        Assert.Equal(1f, images[0, 0, 3, 3].item<float>());
        Assert.Equal(0f, images[1, 0, 0, 0].item<float>());
    }

    [Fact]
    public void RadiographCache_Unfinished_IsRefused()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        Assert.Contains(
            "unfinished",
            Assert.Throws<ArtifactException>(() => RadiographCache.Open(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void RadiographCache_Truncated_IsRefused()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        RadiographCache.Write(folder.Path, 2, "print", [(new float[4], TwoFindings)]);
        File.WriteAllBytes(folder.File("images.u8"), [0, 0, 0]);
        Assert.Contains(
            "3 image bytes, wanted 1 and 4",
            Assert.Throws<ArtifactException>(() => RadiographCache.Open(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void PhantomData_TwoThreads_EqualsOneThread()
    {
        using TemporaryFolder one = ToyModel.Folder();
        using TemporaryFolder two = ToyModel.Folder();
        PhantomSettings settings = PhantomSettings.HospitalA with { Width = 48, Height = 40 };
        using RadiographCache a = PhantomData.OpenOrMake(one.Path, settings, first: 5, count: 6, size: 32, threads: 1);
        using RadiographCache b = PhantomData.OpenOrMake(two.Path, settings, first: 5, count: 6, size: 32, threads: 2);
        Assert.Equal(File.ReadAllBytes(one.File("images.u8")), File.ReadAllBytes(two.File("images.u8")));
        Assert.Equal(File.ReadAllText(one.File("records.jsonl")), File.ReadAllText(two.File("records.jsonl")));
        Assert.Equal(5, a.Records[0].Index);
    }

    [Fact]
    public void CaptionSampler_NoChance_NamesEveryFinding()
    {
        CaptionSampler sampler = new(
            new CaptionSettings
            {
                Dropout = 0,
                SingleFinding = 0,
                Sentence = 0,
            }
        );
        Assert.Equal("left lower pneumonia and cardiomegaly", CaptionSampler.Full(TwoFindings));
        string[] drawn = [.. Enumerable.Range(0, 50).Select(seed => sampler.Draw(TwoFindings, new Random(seed))).Distinct().Order()];
        Assert.Equal(["cardiomegaly and left lower pneumonia", "left lower pneumonia and cardiomegaly"], drawn);
    }

    [Fact]
    public void CaptionSampler_Dropout_HasItsShare()
    {
        CaptionSampler sampler = new(new CaptionSettings { Dropout = 0.25 });
        Random random = new(1);
        int empty = Enumerable.Range(0, 4000).Count(_ => sampler.Draw(TwoFindings, random).Length == 0);
        // Binomial(4000, 0.25) has a standard deviation of 27.
        Assert.InRange(empty, 1000 - 110, 1000 + 110);
    }

    [Fact]
    public void CompactVocabulary_ScatteredAndGathered_IsUnchanged()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        CompactVocabulary vocabulary = new([9, 2, 9, 5]);
        Assert.Equal([2L, 5, 9], vocabulary.Ids);
        Assert.Equal([2L, 0], vocabulary.Rows([9, 2]));
        using Tensor compact = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [3, 2]);
        using Tensor full = vocabulary.Scatter(compact, 12, seed: 1);
        Assert.Equal([12L, 2], full.shape);
        Assert.Equal(5f, full[9, 0].item<float>());
        string path = folder.File("table.safetensors");
        SafetensorsWriter.Write(path, [TensorPayload.Float32("table", full.shape, full.data<float>().ToArray())]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using Tensor gathered = vocabulary.Gather(file, "table");
        Assert.Equal(compact.data<float>().ToArray(), gathered.data<float>().ToArray());
    }

    [Fact]
    public void CompactVocabulary_UnknownId_IsNamed() =>
        Assert.Contains(
            "token id 4",
            Assert.Throws<InputException>(() => new CompactVocabulary([1, 2]).Rows([1, 4])).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void RunSettings_Yaml_OverridesDefaultsOnly()
    {
        RunSettings settings = RunSettingsFile.Parse(
            "data: { training_images: 9 }\ntuning: { step_range: [1, 2], scale: density_grid, loss: { alpha: 1 } }",
            "x"
        );
        Assert.Equal(9, settings.Data.TrainingImages);
        Assert.Equal([1, 2], settings.Tuning.StepRange);
        Assert.Equal(CxrOnnx.Core.Atlas.GaussianScale.DensityGrid, settings.Tuning.Scale);
        Assert.Equal(1, settings.Tuning.Loss.Alpha);
        Assert.Equal(new DiffusionTrainingSettings().BatchSize, settings.Diffusion.BatchSize);
    }

    [Fact]
    public void RunSettings_SectionWithSomeKeys_KeepsItsOwnersDefaultsForTheOthers()
    {
        RunSettings settings = RunSettingsFile.Parse(
            "vae: { learning_rate: { peak: 0.5 }, optimizer: { beta1: 0.5 } }\ntuning: { learning_rate: { warm_up_steps: 7 } }",
            "x"
        );
        Assert.Equal(new VaeTrainingSettings().LearningRate with { Peak = 0.5 }, settings.Vae.LearningRate);
        Assert.Equal(new VaeTrainingSettings().Optimizer with { Beta1 = 0.5 }, settings.Vae.Optimizer);
        Assert.Equal(new PromptTuningSettings().LearningRate with { WarmUpSteps = 7 }, settings.Tuning.LearningRate);
        Assert.NotEqual(new LearningRateSchedule() with { WarmUpSteps = 7 }, settings.Tuning.LearningRate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("vae:\ntuning: { layers: null, learning_rate: }")]
    public void RunSettings_NothingGiven_IsTheDefault(string yaml)
    {
        RunSettings settings = RunSettingsFile.Parse(yaml, "x");
        Assert.Equal(new VaeTrainingSettings(), settings.Vae);
        Assert.Equal(new PromptTuningSettings().LearningRate, settings.Tuning.LearningRate);
        Assert.Null(settings.Tuning.Layers);
    }

    [Fact]
    public void RunSettings_NarrowedFindings_AreThoseOfTheFile()
    {
        RunSettings settings = RunSettingsFile.Parse(
            "data: { pathologies: [pneumonia, edema], locations: [left lower, pulmonary], finding_counts: [0, 1] }",
            "x"
        );
        DataSettings data = settings.Data;
        PhantomSettings phantom = data.Phantom(64);
        Assert.Equal((64, 64), (phantom.Width, phantom.Height));
        Assert.Equal(["edema", "pneumonia"], phantom.Prevalences.Keys.Order(StringComparer.Ordinal));
        Assert.All(
            phantom.Prevalences.Values.SelectMany(prevalence => prevalence.Locations.Keys),
            location => Assert.Contains(location, data.Locations)
        );
        DataSettings whole = new();
        Assert.NotEqual(whole.Phantom(64).Name, phantom.Name);
        Assert.Equal(PhantomSettings.HospitalA.Prevalences.Count, whole.Phantom(64).Prevalences.Count);
    }

    [Fact]
    public void RunSettings_OfThePipeline_KeepEveryFindingAndTheFrozenTextEncoder()
    {
        RunSettings settings = RunSettingsFile.Load(
            Path.Combine(CxrOnnx.Tests.Fixtures.Repository, "pipelines", "settings", "phantom.yaml")
        );
        Assert.True(settings.Diffusion.FrozenTextEncoder);
        Assert.Equal(PhantomSettings.HospitalA.Prevalences.Count, settings.Data.Phantom(64).Prevalences.Count);
    }

    [Theory]
    [InlineData("data: { trainig_images: 9 }", "trainig_images")]
    [InlineData("data: { training_images: many }", "training_images")]
    [InlineData("data: [", "not YAML")]
    [InlineData(
        "later_phases: []",
        "unknown key 'later_phases', want one of data, captions, vae, text, diffusion, tuning, device, tf32, threads"
    )]
    [InlineData("diffusion: { location_emphasis: 4, own_token_share: 0.3 }", "2 problems: diffusion: unknown key 'location_emphasis'")]
    [InlineData("diffusion: { own_token_share: 0.3 }", "diffusion: unknown key 'own_token_share'")]
    [InlineData("diffusion: { end_step: 3 }", "diffusion: unknown key 'end_step'")]
    [InlineData("tuning: { loss: { alpah: 1 } }", "tuning: loss: unknown key 'alpah'")]
    public void RunSettings_WrongYaml_SaysWhere(string yaml, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<ConfigurationException>(() => RunSettingsFile.Parse(yaml, "x")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void PhantomAtlas_OfAFewImages_HasLeftOnTheRightAndLowerBelowUpper()
    {
        LocationAtlas atlas = PhantomAtlas.Build(PhantomSettings.HospitalA with { Width = 96, Height = 128 }, first: 0, count: 4);
        LocationGaussian Of(string name) =>
            Assert.Single(atlas.Gaussians(Assert.Single(PhantomAtlas.Locations(TwoFindings.Findings[0] with { Locations = [name] }))));
        Assert.True(Of("left upper").MuX > Of("right upper").MuX);
        Assert.True(Of("left lower").MuY > Of("left upper").MuY);
        Assert.Contains("'middle'", Assert.Throws<InputException>(() => Of("middle")).Message, StringComparison.Ordinal);
    }
}
