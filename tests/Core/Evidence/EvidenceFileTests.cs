using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using Xunit;

namespace CxrOnnx.Core.Tests.Evidence;

/// <summary>Every way an evidence file can be wrong.</summary>
[Trait("Category", "quick")]
public sealed class EvidenceFileTests : IDisposable
{
    private static readonly EvidenceFile File = new(
        1,
        "test",
        new string('a', 64),
        "fast",
        new EvidenceRecipe([230, 470], 1, 0.0625, new EvidenceWeights(-5, 8, 1, 6), 0.7, "100 images"),
        new Dictionary<string, double> { ["evidence_cnr"] = 2.2 }
    );

    private readonly string _folder = Directory.CreateTempSubdirectory("evidence-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "evidence.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        File.Write(Path);

        EvidenceFile read = EvidenceFile.Read(Path);

        Assert.Equal(File.Recipe.Weights, read.Recipe.Weights);
        Assert.Equal(File.Recipe.Timesteps, read.Recipe.Timesteps);
        Assert.Equal(("fast", 2.2), (read.Preset, read.HeldOut["evidence_cnr"]));
    }

    [Theory]
    [InlineData("\"schema_version\": 1", "\"schema_version\": 2", "schema_version: is 2")]
    [InlineData("\"smoothing\": 0.0625", "\"smoothing\": 0", "evidence.smoothing: is 0")]
    [InlineData("\"smoothing\": 0.0625", "\"smoothing\": 3", "evidence.smoothing: is 3")]
    [InlineData("\"exponent\": 0.7", "\"exponent\": -1", "evidence.exponent: is -1")]
    [InlineData("230,", "-230,", "evidence.timesteps")]
    [InlineData("\"attention\": 8", "\"attention\": null", "no evidence file")]
    [InlineData("\"preset\"", "\"presets\"", "no evidence file")]
    [InlineData("{", "[", "no evidence file")]
    public void Read_WrongFile_SaysWhat(string was, string becomes, string message)
    {
        File.Write(Path);
        string text = System.IO.File.ReadAllText(Path);
        Assert.Contains(was, text, StringComparison.Ordinal);
        System.IO.File.WriteAllText(Path, text.Replace(was, becomes, StringComparison.Ordinal));

        ArtifactException error = Assert.Throws<ArtifactException>(() => EvidenceFile.Read(Path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("cxr-lab evidence", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_IsInput() => Assert.Throws<InputException>(() => EvidenceFile.Read(Path));

    [Fact]
    public void CheckWeights_OtherModel_Throws() =>
        Assert.Contains(
            "cxr-lab evidence",
            Assert.Throws<ArtifactException>(() => File.CheckWeights(new string('b', 64), "x")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void AddTo_PresetThatIsNotThere_Throws() =>
        Assert.Throws<ArtifactException>(() =>
            EvidencePreset.AddTo(new Dictionary<string, BundlePreset> { ["exact"] = new("", [0, 2], 1, "inversion") }, File, "x")
        );

    [Fact]
    public void AddTo_PresetOfTheAttention_KeepsItsStepsAndSaysThatItIsAnotherMap()
    {
        BundlePreset fast = new("fast", [42, 60], 5, "dpm_solver_pp_2m", 8);

        IReadOnlyDictionary<string, BundlePreset> presets = EvidencePreset.AddTo(
            new Dictionary<string, BundlePreset> { ["fast"] = fast },
            File,
            "x"
        );

        Assert.Equal(fast, presets["fast"]);
        Assert.Equal((fast.StepRange, 8), (presets["evidence"].StepRange, presets["evidence"].Evaluations));
        Assert.Same(File.Recipe, presets["evidence"].Evidence);
        Assert.Contains("not the papers' map", presets["evidence"].Description, StringComparison.Ordinal);
    }
}
