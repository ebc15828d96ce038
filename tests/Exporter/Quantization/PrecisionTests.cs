using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Onnx;
using CxrOnnx.Exporter.Quantization;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Quantization;

/// <summary>fp16 and int8 bundles against the fp32 bundle of the same checkpoints.</summary>
[Trait("Category", "slow")]
public class PrecisionTests
{
    private const string Convolution = "unet.down_blocks.1.resnets.0.conv1.conv";
    private const string Product = "unet.middle_block.attention.transformer_blocks.0.ff.linear1";

    private readonly TinyModel _model = new();

    [Fact]
    public void Fp16_Weights_AreHalvesAndTheBorderStaysFloat32()
    {
        using SafetensorsFile full = Weights(BundleExporter.Export(_model.Options));
        BundleExportResult result = BundleExporter.Export(Half);
        using SafetensorsFile half = Weights(result);
        Assert.Equal("fp16", result.Manifest.Precision);
        Assert.Equal(full.Tensors.Keys.Where(Named), half.Tensors.Keys.Where(Named));
        Assert.All(
            half.Tensors.Values.Where(tensor => Named(tensor.Name)),
            tensor =>
            {
                Assert.Equal(TensorDataType.F16, tensor.DataType);
                // Eleven bits of mantissa; below 2^-14 a half is subnormal and its error absolute.
                foreach ((float want, float got) in full.ReadFloat32(tensor.Name).Zip(half.ReadFloat32(tensor.Name)))
                {
                    Assert.InRange(Math.Abs(want - got), 0, (Math.Abs(want) / 2048) + 3e-8);
                }
            }
        );
        Assert.All(
            result.Manifest.Graphs.Values.SelectMany(graph => graph.Inputs.Concat(graph.Outputs)),
            tensor => Assert.NotEqual("float16", tensor.DataType)
        );
        Assert.Contains("stored as float16", File.ReadAllText(Path.Combine(result.Folder, "MODEL_CARD.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("denoiser")]
    [InlineData("attention")]
    public void Fp16_UNet_IsCloseToFp32(string name)
    {
        string full = BundleExporter.Export(_model.Options).Folder;
        string half = BundleExporter.Export(Half).Folder;
        // Weights are off by 2^-12 of themselves on average, outputs by a few times that after some twenty layers.
        Assert.InRange(Error(full, half, name), 1e-6, 4e-3);
    }

    [Fact]
    public void Fp16_FusedGraph_Loads()
    {
        using OrtGraph graph = new(Path.Combine(BundleExporter.Export(Half with { Fused = true }).Folder, "grounding.onnx"));
        Assert.Equal(["heatmap"], graph.Session.OutputNames);
    }

    [Fact]
    public void Fp16_WeightBeyondItsRange_IsNamed()
    {
        string unet = _model.Change("unet.safetensors", "conv_in.conv.weight", values => values[7] = -70000);
        string message = Assert.Throws<ArtifactException>(() => BundleExporter.Export(Half with { UNetPath = unet })).Message;
        Assert.Contains("'conv_in.conv.weight' is -70000 at element 7, beyond float16 (65504)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Int8_Weights_AreSevenBitsAndOthersAreUnchanged()
    {
        using SafetensorsFile full = Weights(BundleExporter.Export(_model.Options));
        BundleExportResult result = BundleExporter.Export(Int8(Plan()));
        using SafetensorsFile eight = Weights(result);
        Assert.Equal("int8", result.Manifest.Precision);
        string[] quantized = [.. eight.Tensors.Values.Where(tensor => tensor.DataType == TensorDataType.I8).Select(tensor => tensor.Name)];
        Assert.NotEmpty(quantized);
        foreach (string name in quantized)
        {
            Assert.EndsWith(".q", name, StringComparison.Ordinal);
            sbyte[] values = [.. eight.ReadBytes(name).Select(value => (sbyte)value)];
            Assert.Equal(RowQuantizer.Limit, values.Max(Math.Abs));
            // Row by row (column by column where transposed): the product with the scale is the weight again.
            float[] scales = eight.ReadFloat32($"{name[..^2]}.scale");
            float[] wanted = full.ReadFloat32(name[..^2]);
            int inner = values.Length / scales.Length;
            bool transposed = name.EndsWith(".T.q", StringComparison.Ordinal);
            for (int i = 0; i < values.Length; i++)
            {
                float scale = scales[transposed ? i % scales.Length : i / inner];
                Assert.InRange(Math.Abs((values[i] * scale) - wanted[i]), 0, 0.501f * scale);
            }
        }

        foreach (string name in eight.Tensors.Keys.Where(name => Named(name) && full.Tensors.ContainsKey(name)))
        {
            Assert.Equal(full.ReadBytes(name), eight.ReadBytes(name));
        }
        // Text and image encoder are not quantised, and neither are the convolutions with three channels on a side.
        Assert.Contains("unet.conv_in.conv.weight", eight.Tensors.Keys);
        Assert.DoesNotContain(quantized, name => !name.StartsWith("unet.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("denoiser")]
    [InlineData("attention")]
    public void Int8_UNet_IsCloseToFp32AndRunsInIntegers(string name)
    {
        string full = BundleExporter.Export(_model.Options).Folder;
        string eight = BundleExporter.Export(Int8(Plan())).Folder;
        // 7-bit weights and 8-bit activations: a percent or two per layer, adding up like noise over some twenty layers.
        Assert.InRange(Error(full, eight, name), 1e-4, 0.15);
        string[] operators = [.. Optimized(Path.Combine(eight, BundleLayout.FileOf(name))).Graph.Node.Select(node => node.OpType)];
        Assert.Contains("QLinearConv", operators);
        Assert.Contains("MatMulIntegerToFloat", operators);
    }

    [Fact]
    public void Int8_LayersKept_AreFloat32InFileAndGraph()
    {
        BundleExportResult result = BundleExporter.Export(Int8(Plan().Where(layer => layer is not (Convolution or Product))));
        using SafetensorsFile weights = Weights(result);
        ModelProto optimized = Optimized(Path.Combine(result.Folder, "unet.onnx"));
        foreach ((string layer, string suffix) in new[] { (Convolution, ""), (Product, ".T") })
        {
            Assert.Equal(TensorDataType.F32, weights.Tensors[$"{layer}.weight{suffix}"].DataType);
            Assert.DoesNotContain($"{layer}.weight{suffix}.q", weights.Tensors.Keys);
        }

        // Everything but these two and the three-channel convolutions at the ends is an integer kernel.
        Assert.Equal(3, optimized.Graph.Node.Count(node => node.OpType is "Conv" or "FusedConv"));
    }

    [Fact]
    public void Int8_Twice_WritesTheSameBytes()
    {
        QuantizationPlan plan = Plan();
        BundleExportResult first = BundleExporter.Export(Int8(plan));
        BundleExportResult second = BundleExporter.Export(Int8(plan) with { OutputPath = _model.PathOf("again") });
        Assert.Equal(first.Manifest.Files, second.Manifest.Files);
    }

    [Fact]
    public void Int8_AnotherRange_ChangesTheExportId()
    {
        QuantizationPlan plan = Plan();
        QuantizationPlan other = plan with
        {
            Layers = plan.Layers.ToDictionary(
                layer => layer.Key,
                layer => layer.Key == Product ? new LayerRanges(new ActivationRange(-9, 9), layer.Value.Output) : layer.Value
            ),
        };
        string Id(QuantizationPlan of, string name) =>
            Model(Path.Combine(BundleExporter.Export(Int8(of) with { OutputPath = _model.PathOf(name) }).Folder, "vae_encoder.onnx"))
                .MetadataProps.Single(entry => entry.Key == "cxronnx.export_id")
                .Value;
        Assert.NotEqual(Id(plan, "a"), Id(other, "b"));
    }

    [Fact]
    public void Int8_WithoutPlan_OrPlanWithoutInt8_IsRefused()
    {
        Refused(_model.Options with { Precision = "int8" }, "needs a calibration (`calibration` DIR)");
        Refused(_model.Options with { Quantization = Plan() }, "`precision` fp32: int8, and nothing else");
        Refused(Int8(Plan()) with { Fused = true }, "`fused`: not with int8");
    }

    private static void Refused(BundleExportOptions options, string reason) =>
        Assert.Contains(reason, Assert.Throws<InputException>(() => BundleExporter.Export(options)).Message, StringComparison.Ordinal);

    private BundleExportOptions Half => _model.Options with { Precision = "fp16", OutputPath = _model.PathOf("half") };

    private BundleExportOptions Int8(QuantizationPlan plan) =>
        _model.Options with
        {
            Precision = "int8",
            Quantization = plan,
            OutputPath = _model.PathOf("eight"),
        };

    /// <summary>Min-max ranges of two random inputs.</summary>
    private QuantizationPlan Plan()
    {
        List<ObservedLayer> layers = [];
        string folder = BundleExporter
            .Export(_model.Options with { Observed = layers, OutputPath = _model.PathOf("observed"), Force = true })
            .Folder;
        using OrtGraph graph = new(Path.Combine(folder, "unet.onnx"));
        IReadOnlyDictionary<string, TestTensor> seen = graph.Run(Inputs());
        ActivationRange Range(string name) => new(seen[name].Floats.Min(), seen[name].Floats.Max());
        Assert.Contains(layers, layer => layer.Layer == Convolution);
        Assert.Contains(layers, layer => layer.Layer == Product);
        return new QuantizationPlan
        {
            Layers = layers.ToDictionary(layer => layer.Layer, layer => new LayerRanges(Range(layer.Input), Range(layer.Output))),
        };
    }

    private static (string Name, TestTensor Tensor)[] Inputs() =>
        [
            ("sample", TestTensor.Random(1, 2, 3, 8, 12)),
            ("timestep", new TestTensor(new long[] { 9, 609 }, [2])),
            ("encoder_hidden_states", TestTensor.Random(2, 2, 77, TinyModel.Width)),
        ];

    /// <summary>Largest relative error (root of mean squares) of a graph's outputs.</summary>
    private static double Error(string wanted, string got, string graph)
    {
        using OrtGraph full = new(Path.Combine(wanted, BundleLayout.FileOf(graph)));
        using OrtGraph other = new(Path.Combine(got, BundleLayout.FileOf(graph)));
        IReadOnlyDictionary<string, TestTensor> outputs = other.Run(Inputs());
        return full.Run(Inputs())
            .Max(output =>
                Math.Sqrt(
                    output.Value.Floats.Zip(outputs[output.Key].Floats, (a, b) => Math.Pow(a - (double)b, 2)).Sum()
                        / output.Value.Floats.Sum(value => (double)value * value)
                )
            );
    }

    private static ModelProto Optimized(string path)
    {
        string optimized = $"{path}.optimized";
        using SessionOptions options = new()
        {
            OptimizedModelFilePath = optimized,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        using InferenceSession session = new(path, options);
        return Model(optimized);
    }

    private static ModelProto Model(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));

    private static SafetensorsFile Weights(BundleExportResult result) =>
        SafetensorsFile.Open(Path.Combine(result.Folder, "weights.safetensors"));

    private static bool Named(string tensor) => !tensor.StartsWith("__", StringComparison.Ordinal);
}
