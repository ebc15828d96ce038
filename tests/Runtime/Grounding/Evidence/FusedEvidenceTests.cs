using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Evidence;

/// <summary><c>grounding_evidence.onnx</c>, the preset <c>evidence</c> in one graph, against the runtime that composes it.</summary>
[Trait("Category", "process")]
public class FusedEvidenceTests
{
    private static readonly string[] Phrases = ["left lower pneumonia", "right pneumothorax", "cardiomegaly"];

    // Each trajectory with steps, both predictions, one prompt and several, a threshold in the attention.
    [Theory]
    [InlineData("exact", 3, "otsu: false", "otsu: false")]
    [InlineData("fast", 3, "otsu: false", "otsu: false")]
    [InlineData("fast", 1, "prediction_type: v_prediction", "prediction_type: epsilon")]
    [InlineData("exact", 2, "otsu: false", "otsu: true")]
    public void Run_FusedEvidence_EqualsTheRuntime(string preset, int prompts, string from, string to)
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Export(fused: true, from, to, evidence: preset));
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        GridSize size = GridSize.Square(32);
        FusedCase fused = FusedCase.Of(model, FusedCase.Image(size), size, Phrases[..prompts], EvidencePreset.Name);
        float[] expected = fused.Heatmaps;

        IReadOnlyList<GraphTensor> got = model.Run(
            BundleLayout.GroundingEvidence,
            fused.Inputs,
            ["heatmap", "score"],
            GroundingPipelineReferenceTests.Cancellation
        );

        Assert.Equal([prompts, 32, 32], got[0].Shape);
        Assert.Equal([prompts], got[1].Shape);
        Assert.Equal(prompts, expected.Count(value => value == 1));

        // Otsu's threshold may put a pixel of the attention on the other side; a cell's mean then differs by its share.
        float tolerance = to == "otsu: true" ? 2e-2f : 5e-4f;
        Assert.All(expected.Zip(got[0].Floats!), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.All(fused.Maps.Zip(got[1].Floats!), pair => Assert.Equal(pair.First.Score, pair.Second, 1e-3));
        Assert.All(fused.Maps, item => Assert.True(Math.Abs(item.Score) > 1e-3, "a score of nothing would prove nothing"));
    }

    [Fact]
    public void Export_FusedWithEvidence_IsListedForTheModelsSquare()
    {
        string folder = TinyModelBundle.Export(fused: true, evidence: "fast");
        BundleManifest manifest = BundleManifestFile.Read(Path.Combine(folder, "bundle.json"));
        BundleGraph graph = manifest.Graphs[BundleLayout.GroundingEvidence];
        Assert.Equal("grounding_evidence.onnx", graph.File);
        Assert.Equal(["1", "1", "32", "32"], graph.Inputs[0].Shape);
        Assert.Equal(["heatmap", "score"], graph.Outputs.Select(output => output.Name));
        Assert.Contains("`grounding_evidence.onnx`", File.ReadAllText(Path.Combine(folder, "MODEL_CARD.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Triton_ServesTheEvidenceAsAModelOfItsOwn()
    {
        string repository = Path.Combine(TestRunFolder.Create(), "triton");
        TinyModelBundle.Export(fused: true, evidence: "fast", triton: repository);
        Assert.Equal(["tiny", "tiny_evidence"], Directory.EnumerateDirectories(repository).Select(Path.GetFileName).Order());
        string configuration = File.ReadAllText(Path.Combine(repository, "tiny_evidence", "config.pbtxt"));
        Assert.Contains("{ name: \"image\", data_type: TYPE_FP32, dims: [ 1, 1, 32, 32 ] }", configuration, StringComparison.Ordinal);
        Assert.Contains("{ name: \"score\", data_type: TYPE_FP32, dims: [ -1 ] }", configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_FusedEvidenceOfAPresetWithoutSteps_IsRefused()
    {
        InputException error = Assert.Throws<InputException>(() => TinyModelBundle.Export(fused: true, evidence: "turbo"));
        Assert.Contains("`fused`", error.Message, StringComparison.Ordinal);
        Assert.Contains("turbo", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_EvidenceOfALongerSchedule_IsRefused()
    {
        InputException error = Assert.Throws<InputException>(() =>
            TinyModelBundle.Export(fused: true, "num_train_timesteps: 1000", "num_train_timesteps: 300", evidence: "fast")
        );
        Assert.Contains("time step 400 is not below the 300", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attach_AnotherRecipeThanTheGraphs_IsRefused()
    {
        string folder = TinyModelBundle.Export(fused: true, evidence: "fast");
        EvidenceFile same = EvidenceBundle.File(folder);
        EvidencePreset.Attach(folder, same, "same.json");

        ArtifactException error = Assert.Throws<ArtifactException>(() =>
            EvidencePreset.Attach(folder, same with { Recipe = same.Recipe with { Exponent = 0.8 } }, "other.json")
        );
        Assert.Contains("grounding_evidence.onnx", error.Message, StringComparison.Ordinal);
    }
}
