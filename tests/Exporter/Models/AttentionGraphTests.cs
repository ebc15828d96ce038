using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;
using CxrOnnx.Exporter.Onnx;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Models;

[Trait("Category", "slow")]
public class AttentionGraphTests
{
    private readonly TinyModel _model = new();

    [Fact]
    public void AttentionMaps_ChosenLayers_EndWithTheLastSoftmax()
    {
        // Two blocks per attention: 0,1 down, 2,3 middle, 4..7 up. Layer 5 is the second block of the first attention of the up path.
        GraphProto graph = AttentionMaps(5, 2).Model.Graph;
        Assert.Equal(["attention_2", "attention_5"], graph.Output.Select(output => output.Name));
        Assert.Equal("/unet/up_blocks.0.attentions.0.transformer_blocks.1.attn2/ReduceMean", graph.Node[^1].Name);
        Assert.Equal("/unet/up_blocks.0.attentions.0.transformer_blocks.1.attn2/Softmax", graph.Node[^2].Name);
    }

    [Fact]
    public void AttentionMaps_EveryNode_LeadsToAnOutput()
    {
        GraphProto graph = AttentionMaps(2, 5).Model.Graph;
        HashSet<string> used = [.. graph.Node.SelectMany(node => node.Input), .. graph.Output.Select(output => output.Name)];
        Assert.All(graph.Node, node => Assert.Contains(node.Output, used.Contains));
        Assert.All(graph.Initializer, initializer => Assert.Contains(initializer.Name, used));
    }

    [Fact]
    public void AttentionMaps_WeightsBehindTheLastLayer_AreAbsent()
    {
        string[] weights = [.. AttentionMaps(2, 5).Weights.Select(weight => weight.Key)];
        const string Last = "up_blocks.0.attentions.0.transformer_blocks.1";
        Assert.Contains($"{Last}.attn2.to_k.weight", weights);
        Assert.Contains("up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_v.weight", weights);
        foreach (
            string absent in (string[])
                [
                    $"{Last}.attn2.to_v.weight",
                    $"{Last}.attn2.to_out.0.weight",
                    $"{Last}.ff.linear1.weight",
                    "up_blocks.0.resnets.1.conv1.conv.weight",
                    "up_blocks.1.resnets.0.conv1.conv.weight",
                    "up_blocks.0.attentions.0.proj_out.conv.weight",
                    "out.2.conv.weight",
                ]
        )
        {
            Assert.DoesNotContain(absent, weights);
            Assert.True(UNetStateDict.Shapes(_model.Configuration.UNet).ContainsKey(absent), $"{absent} is not a weight at all");
        }
    }

    [Fact]
    public void Denoiser_UsesEveryWeightOfTheUNet()
    {
        OnnxGraph denoiser = UNetGraph.Denoiser(_model.Configuration.UNet, Weights()).Build("denoiser", "1.0.0", []);
        Assert.Equal(
            UNetStateDict.Shapes(_model.Configuration.UNet).Keys.Order(StringComparer.Ordinal),
            denoiser.Weights.Select(weight => weight.Key).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void AttentionMaps_TwoHeadsTwoBlocks_AreProbabilitiesOfTheRightShape()
    {
        File.WriteAllText(
            _model.ConfigurationPath,
            File.ReadAllText(_model.ConfigurationPath)
                .Replace("layers: [2, 5]", "layers: [0, 1, 2, 3, 4, 5, 6, 7]", StringComparison.Ordinal)
        );
        using OrtGraph attention = new(Path.Combine(BundleExporter.Export(_model.Options).Folder, "unet_attention.onnx"));
        IReadOnlyDictionary<string, TestTensor> maps = attention.Run(
            ("sample", TestTensor.Random(1, 3, 3, 12, 20)),
            ("timestep", new TestTensor(new[] { 9L, 499L, 999L }, [3])),
            ("encoder_hidden_states", TestTensor.Random(2, 3, 77, TinyModel.Width))
        );
        Assert.Equal(TinyModel.CrossAttentionLayers, maps.Count);
        foreach (TestTensor map in maps.Values)
        {
            Assert.Equal([3, 6 * 10, 77], map.Shape);
            // 77 single-precision probabilities per row, mean of two heads.
            Assert.All(map.Floats.Chunk(77), row => Assert.Equal(1, row.Sum(), 1e-5));
        }
    }

    // The first attention at the second level, where skips of the first pass it by, and at the first, where nothing but the convolution
    // before it is shared.
    [Theory]
    [InlineData("attention_levels: [false, true], num_head_channels: [0, 8]", 8)]
    [InlineData("attention_levels: [true, true], num_head_channels: [4, 8]", 14)]
    public void AttentionMaps_PromptsThatShareSamples_GiveWhatTheyGiveAlone(string levels, int layers)
    {
        const int Samples = 2;
        const int Prompts = 3;
        TinyModel model = new(yaml =>
            yaml.Replace("attention_levels: [false, true], num_head_channels: [0, 8]", levels, StringComparison.Ordinal)
                .Replace("layers: [2, 5]", $"layers: [{string.Join(", ", Enumerable.Range(0, layers))}]", StringComparison.Ordinal)
        );
        using OrtGraph attention = new(Path.Combine(BundleExporter.Export(model.Options).Folder, "unet_attention.onnx"));
        TestTensor sample = TestTensor.Random(1, Samples, 3, 12, 20);
        TestTensor states = TestTensor.Random(2, Samples * Prompts, 77, TinyModel.Width);
        float[] Repeated(float[] values) =>
            [.. values.Chunk(values.Length / Samples).SelectMany(row => Enumerable.Repeat(row, Prompts)).SelectMany(row => row)];

        IReadOnlyDictionary<string, TestTensor> shared = attention.Run(
            ("sample", sample),
            ("timestep", new TestTensor(new[] { 9L, 999L }, [Samples])),
            ("encoder_hidden_states", states)
        );
        IReadOnlyDictionary<string, TestTensor> alone = attention.Run(
            ("sample", new TestTensor(Repeated(sample.Floats), [Samples * Prompts, 3, 12, 20])),
            ("timestep", new TestTensor(new[] { 9L, 9L, 9L, 999L, 999L, 999L }, [Samples * Prompts])),
            ("encoder_hidden_states", states)
        );

        Assert.Equal(layers, shared.Count);
        foreach ((string name, TestTensor map) in shared)
        {
            Assert.Equal(alone[name].Shape, map.Shape);
            Parity.AssertClose(alone[name], map, 1e-6, 0, name); // a few roundings of probabilities, which sum to 1
            float[][] rows = [.. map.Floats.Chunk(map.Floats.Length / (Samples * Prompts))];
            Assert.True(
                rows[0].Zip(rows[Prompts], (a, b) => Math.Abs(a - b)).Max() > 1e-4,
                $"{name}: the samples make no difference, so nothing is tested"
            );
        }
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(3, 2)]
    public void AttentionMaps_SamplesThatDoNotDivideThePrompts_AreRefused(int samples, int prompts)
    {
        using OrtGraph attention = new(Path.Combine(BundleExporter.Export(_model.Options).Folder, "unet_attention.onnx"));
        Assert.Throws<OnnxRuntimeException>(() =>
            attention.Run(
                ("sample", TestTensor.Random(1, samples, 3, 12, 20)),
                ("timestep", new TestTensor(Enumerable.Repeat(9L, samples).ToArray(), [samples])),
                ("encoder_hidden_states", TestTensor.Random(2, prompts, 77, TinyModel.Width))
            )
        );
    }

    [Fact]
    public void Denoiser_TwoHeadsTwoBlocks_Runs()
    {
        using OrtGraph denoiser = new(Path.Combine(BundleExporter.Export(_model.Options).Folder, "unet.onnx"));
        TestTensor prediction = denoiser.Run(
            ("sample", TestTensor.Random(1, 2, 3, 12, 20)),
            ("timestep", new TestTensor(new[] { 9L, 999L }, [2])),
            ("encoder_hidden_states", TestTensor.Random(2, 2, 77, TinyModel.Width))
        )["out_sample"];
        Assert.Equal([2, 3, 12, 20], prediction.Shape);
        Assert.All(prediction.Floats, value => Assert.True(float.IsFinite(value)));
    }

    private OnnxGraph AttentionMaps(params int[] layers) =>
        UNetGraph.AttentionMaps(_model.Configuration.UNet, Weights(), layers).Build("attention", "1.0.0", []);

    private PartWeights Weights() => new("unet", UNetStateDict.Shapes(_model.Configuration.UNet));
}
