using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;
using CxrOnnx.Exporter.Onnx;
using CxrOnnx.Tests;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Dialects;

/// <summary>What the graphs for CUDA are made of. Nothing is computed: their operators exist on CUDA only.</summary>
[Trait("Category", "quick")]
public class CudaStructureTests
{
    // Sizes that all have fused operators; cxr-phantom's 48 channels in 16 groups have no fused normalisation.
    private static readonly string[] Shipped = ["cxr-ldm", "cxr-phantom-reports"];

    public static TheoryData<string> Models => [.. Shipped];

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_ShippedConfiguration_TransposesLatentsAtTheBorderOnly(string name)
    {
        GraphProto graph = UNet(name).Step().Build("step", "1.0.0", []).Model.Graph;
        Assert.Equal(["/unet/conv_in/Transpose", "/unet/out.2/Transpose"], Named(graph, "Transpose"));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_ShippedConfiguration_HasOnlyFusedConvolutionsAndNormalizations(string name)
    {
        UNetConfiguration unet = Configuration(name).UNet;
        GraphProto graph = UNet(name).Step().Build("step", "1.0.0", []).Model.Graph;
        int blocks = UNetBlocks.Residual(unet).Count;
        int transformers = UNetBlocks.CrossAttention(unet).Count / unet.TransformerNumLayers;
        int resamplings = 2 * (unet.NumChannels.Count - 1);

        // Two normalisations of a residual block, one before a transformer, one at the end.
        Assert.Equal((2 * blocks) + transformers + 1, Count(graph, "GroupNorm") + Count(graph, "SkipGroupNorm"));
        // Every second one of a block takes the time step's shift on the way.
        Assert.True(Count(graph, "SkipGroupNorm") >= blocks + transformers, $"{Count(graph, "SkipGroupNorm")} with a sum");
        Assert.Equal((2 * blocks) + resamplings + 2, Count(graph, "NhwcConv"));
        Assert.Equal(0, Count(graph, "Conv") + Count(graph, "InstanceNormalization") + Count(graph, "ReduceMean"));
        // Self- and cross-attention; none of them needs a product with a transposed copy.
        Assert.Equal(2 * UNetBlocks.CrossAttention(unet).Count, Count(graph, "FusedMatMul"));
        Assert.DoesNotContain(graph.Input, input => input.Name == "encoder_hidden_states");
        Assert.DoesNotContain(
            graph.Node,
            node => node.Name.Contains("to_k", StringComparison.Ordinal) && node.Name.Contains("attn2", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(graph.Node, node => node.Name.Contains("time_emb", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_ShippedConfiguration_HasHalfWeightsAndSinglePrecisionStatistics(string name)
    {
        OnnxGraph step = UNet(name).Step().Build("step", "1.0.0", []);
        Dictionary<string, TensorProto> initializers = step.Model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        foreach (NodeProto node in step.Model.Graph.Node)
        {
            if (node.OpType is "GroupNorm" or "SkipGroupNorm")
            {
                Assert.Equal((int)TensorProto.Types.DataType.Float, initializers[node.Input[1]].DataType);
                Assert.Equal((int)TensorProto.Types.DataType.Float, initializers[node.Input[2]].DataType);
            }
            else if (node.OpType == "NhwcConv")
            {
                // The provider takes only kernels that are initializers.
                TensorProto kernel = initializers[node.Input[1]];
                Assert.Equal((int)TensorProto.Types.DataType.Float16, kernel.DataType);
                Assert.Equal(3, kernel.Dims[1]);
                Assert.Equal(3, kernel.Dims[2]);
            }
            else if (node.OpType is "MatMul" && initializers.TryGetValue(node.Input[1], out TensorProto? matrix))
            {
                Assert.Equal((int)TensorProto.Types.DataType.Float16, matrix.DataType);
            }
        }

        Assert.Equal("float32", step.Signature.Inputs.Single(input => input.Name == "state").DataType);
        Assert.Equal("float16", step.Signature.Inputs.Single(input => input.Name == "key_0").DataType);
        Assert.Equal("float16", step.Signature.Inputs.Single(input => input.Name == "shifts").DataType);
        Assert.Equal(
            [("next_state", "float32"), ("next_step", "int64")],
            step.Signature.Outputs.Select(output => (output.Name, output.DataType))
        );
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void AttentionMaps_WantedLayers_AreSoftmaxesInSinglePrecision(string name)
    {
        ModelConfiguration model = Configuration(name);
        GraphProto graph = UNet(name).AttentionMaps(model.Grounding.Layers).Build("attention", "1.0.0", []).Model.Graph;
        HashSet<string> widened =
        [
            .. graph
                .Node.Where(node =>
                    node.OpType == "Cast" && node.Attribute.Single(each => each.Name == "to").I == (long)TensorProto.Types.DataType.Float
                )
                .SelectMany(node => node.Output),
        ];
        NodeProto[] wanted = [.. graph.Node.Where(node => node.OpType == "Softmax" && widened.Contains(node.Input[0]))];
        Assert.Equal(model.Grounding.Layers.Count, wanted.Length);
        Assert.All(wanted, node => Assert.Contains(".attn2/", node.Name, StringComparison.Ordinal));
        Assert.Equal(["/unet/conv_in/Transpose"], Named(graph, "Transpose"));
        // What lies behind the last wanted layer is neither computed nor asked for.
        int last = model.Grounding.Layers.Max();
        Assert.DoesNotContain(graph.Input, input => input.Name == FormattableString.Invariant($"value_{last}"));
        Assert.DoesNotContain(graph.Input, input => input.Name == FormattableString.Invariant($"key_{last + 1}"));
        Assert.Contains(graph.Input, input => input.Name == FormattableString.Invariant($"key_{last}"));
    }

    [Theory]
    [InlineData(32, 16, true)]
    [InlineData(96, 16, true)]
    [InlineData(1536, 32, true)]
    [InlineData(16, 16, false)] // a thread takes two channels of one group
    [InlineData(48, 16, false)]
    [InlineData(100, 16, false)]
    [InlineData(32768, 32, false)]
    public void FusedNormalization_Channels_AreTakenOrNot(long channels, int groups, bool taken) =>
        Assert.Equal(taken, FusedOperators.CanNormalize(channels, groups));

    [Fact]
    public void VaeEncoder_ChannelsBeyondTheFusedNormalization_AreNormalizedByStandardOperators()
    {
        ModelConfiguration model = Configuration("cxr-phantom");
        GraphProto graph = VaeEncoderGraph
            .Build(new CudaDialect(), model.Vae, 1, new PartWeights("vae", VaeStateDict.Shapes(model.Vae)))
            .Build("vae_encoder", "1.0.0", [])
            .Model.Graph;
        // Levels of 16, 32, 48 and 64 channels in 16 groups: only the second and the last have an even number in a group.
        NodeProto[] fused = [.. graph.Node.Where(node => node.OpType is "GroupNorm" or "SkipGroupNorm")];
        Assert.NotEmpty(fused);
        Dictionary<string, TensorProto> initializers = graph.Initializer.ToDictionary(tensor => tensor.Name);
        Assert.All(fused, node => Assert.Contains(initializers[node.Input[1]].Dims[0], (long[])[32, 64]));
        Assert.True(Count(graph, "ReduceMean") > 0);
    }

    [Fact]
    public void FusedGraphs_LoadedOnTheCpu_LackNothingButTheKernels()
    {
        // ONNX Runtime checks operators, attributes, types and shapes first; what it then misses on the CPU are the kernels themselves.
        TinyModel model = new();
        string folder = Path.Combine(BundleExporter.Export(model.Options with { Cuda = true }).Folder, "cuda");
        foreach (string file in (string[])["unet.onnx", "unet_attention.onnx", "unet_step.onnx", "vae_encoder.onnx"])
        {
            OnnxRuntimeException error = Assert.Throws<OnnxRuntimeException>(() => new OrtGraph(Path.Combine(folder, file)).Dispose());
            Assert.Contains("[ErrorCode:NotImplemented] Failed to find kernel for", error.Message, StringComparison.Ordinal);
        }

        foreach (string file in (string[])["unet_time_table.onnx", "unet_prompt_keys.onnx"])
        {
            new OrtGraph(Path.Combine(folder, file)).Dispose();
        }
    }

    private static ConditionedUNetGraphs UNet(string name)
    {
        UNetConfiguration unet = Configuration(name).UNet;
        return new ConditionedUNetGraphs(new CudaDialect(), unet, new PartWeights("unet", UNetStateDict.Shapes(unet)));
    }

    private static ModelConfiguration Configuration(string name) =>
        ModelConfigurationFile.Load(Path.Combine(Fixtures.Repository, "models", $"{name}.yaml"));

    private static int Count(GraphProto graph, string type) => graph.Node.Count(node => node.OpType == type);

    private static IEnumerable<string> Named(GraphProto graph, string type) =>
        graph.Node.Where(node => node.OpType == type).Select(node => node.Name);
}
