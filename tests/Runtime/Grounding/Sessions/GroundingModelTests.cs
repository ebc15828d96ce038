using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

/// <summary>One test per way in which a bundle's graphs can be wrong, and what loading promises.</summary>
[Trait("Category", "slow")]
public class GroundingModelTests
{
    [Fact]
    public void LoadGraphs_GoodBundle_LoadsAllFour()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        model.LoadGraphs();
        Assert.Equal(
            (ExecutionProvider.Cpu, "cpu", "the CPU was asked for"),
            (model.Provider.Taken, model.Provider.Name, model.Provider.Reason)
        );
    }

    [Fact]
    public void Load_GraphMissing_NamesIt() => AssertRefused(graphs => graphs.Remove("denoiser"), "graph denoiser is missing");

    [Fact]
    public void Load_InputOfAnotherType_NamesIt() =>
        AssertRefused(
            graphs => Change(graphs, "attention", "timestep", tensor => tensor with { DataType = "float32" }),
            "graph attention input timestep is float32 of rank 1, wanted int64 of rank 1"
        );

    [Fact]
    public void Load_InputOfAnotherRank_NamesIt() =>
        AssertRefused(
            graphs => Change(graphs, "vae_encoder", "image", tensor => tensor with { Shape = ["1", "64", "64"] }),
            "graph vae_encoder input image is float32 of rank 3, wanted float32 of rank 4"
        );

    [Fact]
    public void Load_AttentionLayerMissing_NamesIt() =>
        AssertRefused(
            graphs =>
                graphs["attention"] = graphs["attention"] with
                {
                    Outputs = [.. graphs["attention"].Outputs.Where(tensor => tensor.Name != "attention_5")],
                },
            "graph attention has no output attention_5"
        );

    [Fact]
    public void Load_UnknownInput_NamesIt() =>
        AssertRefused(
            graphs =>
                graphs["denoiser"] = graphs["denoiser"] with
                {
                    Inputs = [.. graphs["denoiser"].Inputs, new BundleTensor("guidance", "float32", ["batch"])],
                },
            "graph denoiser has an input guidance that this version does not know"
        );

    [Fact]
    public void LoadGraphs_FileOfAnotherGraph_NamesTheDifference()
    {
        // The manifest is right, the file is not: unet.onnx holds the attention graph.
        string folder = ReferenceModel.Copy(ReferenceBundles.Tuned);
        File.Copy(Path.Combine(folder, "unet_attention.onnx"), Path.Combine(folder, "unet.onnx"), overwrite: true);
        ReferenceModel.Seal(folder, manifest => manifest);
        using Bundle bundle = Bundle.Open(folder);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        ArtifactException error = Assert.Throws<ArtifactException>(model.LoadGraphs);
        Assert.Contains("unet.onnx: no output out_sample, which the manifest lists", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BundleWithTheEarlierFileNames_GivesTheSameStates()
    {
        // As exporters before version 0.2 named the graphs. Their graphs also point at weights.bin, which no test can rename inside a
        // graph: BundleLayoutTests holds that such a weight file is found.
        string folder = ReferenceModel.Copy(ReferenceBundles.Tuned);
        (string Now, string Earlier)[] names = [("unet.onnx", "denoiser.onnx"), ("unet_attention.onnx", "attention.onnx")];
        foreach ((string now, string earlier) in names)
        {
            File.Move(Path.Combine(folder, now), Path.Combine(folder, earlier));
        }

        string Earlier(string file) => names.FirstOrDefault(name => name.Now == file).Earlier ?? file;
        ReferenceModel.Seal(
            folder,
            manifest =>
                manifest with
                {
                    Graphs = manifest.Graphs.ToDictionary(
                        graph => graph.Key,
                        graph => graph.Value with { File = Earlier(graph.Value.File) }
                    ),
                }
        );
        using Bundle bundle = Bundle.Open(folder);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        model.LoadGraphs();

        Assert.True(model.EmptyPromptStates.Span.SequenceEqual(ReferenceModel.Tuned.EmptyPromptStates.Span));
    }

    [Fact]
    public void LoadGraphs_FileIsNoGraph_NamesTheFile()
    {
        string folder = ReferenceModel.Copy(ReferenceBundles.Tuned);
        File.WriteAllText(Path.Combine(folder, "vae_encoder.onnx"), "not a graph");
        ReferenceModel.Seal(folder, manifest => manifest);
        using Bundle bundle = Bundle.Open(folder);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        ArtifactException error = Assert.Throws<ArtifactException>(model.LoadGraphs);
        Assert.StartsWith("vae_encoder.onnx: ONNX Runtime cannot load it", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_ScheduleOfAnotherModel_Throws()
    {
        string folder = ReferenceModel.Copy(ReferenceBundles.Tuned);
        ReferenceModel.Seal(
            folder,
            manifest =>
                manifest with
                {
                    Schedule = manifest.Schedule with
                    {
                        AlphasCumprod = [.. manifest.Schedule.AlphasCumprod.Select(alpha => alpha * 0.999)],
                    },
                }
        );
        using Bundle bundle = Bundle.Open(folder);
        ArtifactException error = Assert.Throws<ArtifactException>(() =>
            GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options)
        );
        Assert.Contains("its schedule is not the one its configuration gives", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EncodeImage_WrongShape_NamesTheGraph()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options with { FixImageSize = true });
        ArtifactException error = Assert.Throws<ArtifactException>(() =>
            model.EncodeImage(new float[64 * 32], new GridSize(64, 32), GroundingPipelineReferenceTests.Cancellation)
        );
        Assert.StartsWith("vae_encoder.onnx", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AfterDispose_Throws()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        model.LoadGraphs();
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.EncodeText(new long[77], 1, GroundingPipelineReferenceTests.Cancellation));
    }

    [Fact]
    public void AttentionLevels_PublishedUNet_HasElevenLayers()
    {
        UNetConfiguration published = new()
        {
            InChannels = 3,
            OutChannels = 3,
            NumChannels = [256, 512, 768],
            NumResBlocks = 2,
            AttentionLevels = [false, true, true],
            NumHeadChannels = [0, 512, 768],
            CrossAttentionDim = 1024,
            TransformerNumLayers = 1,
            NormNumGroups = 32,
        };
        Assert.Equal([1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1], AttentionGrids.Levels(published));
        Assert.Equal(new GridSize(16, 24), AttentionGrids.Of(published, new GridSize(64, 96), 4));
        Assert.Equal(new GridSize(32, 48), AttentionGrids.Of(published, new GridSize(64, 96), 8));
        Assert.Equal(published.CrossAttentionLayerCount, AttentionGrids.Levels(published).Count);
    }

    private static void AssertRefused(Action<Dictionary<string, BundleGraph>> change, string message)
    {
        string folder = ReferenceModel.Copy(ReferenceBundles.Tuned);
        ReferenceModel.Seal(
            folder,
            manifest =>
            {
                Dictionary<string, BundleGraph> graphs = new(manifest.Graphs);
                change(graphs);
                return manifest with { Graphs = graphs };
            }
        );
        using Bundle bundle = Bundle.Open(folder);
        ArtifactException error = Assert.Throws<ArtifactException>(() =>
            GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options)
        );
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static void Change(
        Dictionary<string, BundleGraph> graphs,
        string graph,
        string input,
        Func<BundleTensor, BundleTensor> change
    ) =>
        graphs[graph] = graphs[graph] with
        {
            Inputs = [.. graphs[graph].Inputs.Select(tensor => tensor.Name == input ? change(tensor) : tensor)],
        };
}
