using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

[Trait("Category", "slow")]
public class BundleExporterTests
{
    private readonly TinyModel _model = new();

    [Fact]
    public void Export_Twice_WritesTheSameBytes()
    {
        string first = BundleExporter.Export(_model.Options).Folder;
        string second = BundleExporter.Export(_model.Options with { OutputPath = _model.PathOf("again") }).Folder;
        string[] files = [.. Directory.EnumerateFiles(first).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "MODEL_CARD.md",
                "bundle.json",
                "text_encoder.onnx",
                "unet.onnx",
                "unet_attention.onnx",
                "vae_encoder.onnx",
                "weights.safetensors",
            ],
            files
        );
        Assert.All(
            files,
            file => Assert.Equal(File.ReadAllBytes(Path.Combine(first, file)), File.ReadAllBytes(Path.Combine(second, file)))
        );
    }

    [Fact]
    public void Export_Bundle_OpensWithTheIdOfTheResult()
    {
        BundleExportResult result = BundleExporter.Export(_model.Options);
        using Bundle bundle = Bundle.Open(result.Folder);
        Assert.Equal(result.Manifest.Id, bundle.Manifest.Id);
        Assert.Equal(_model.Configuration.Grounding.Layers, bundle.Manifest.Model.Grounding.Layers);
        Assert.Equal(["exact", "fast", "turbo"], bundle.Manifest.Presets.Keys);
        Assert.Equal((1, "inversion"), (bundle.Manifest.Presets["exact"].StepStride, bundle.Manifest.Presets["exact"].Trajectory));
        Assert.Equal(
            (8, "42, 47, 52, 57"),
            (bundle.Manifest.Presets["fast"].Evaluations, string.Join(", ", bundle.Manifest.Presets["fast"].Steps))
        );
        Assert.Equal((null, 4), (bundle.Manifest.Presets["turbo"].Evaluations, bundle.Manifest.Presets["turbo"].Steps.Count));
    }

    [Theory]
    [InlineData(0, 1, null)] // nothing to reach: the clean latents are the window
    [InlineData(0, 9, 3)]
    [InlineData(1, 2, 1)]
    [InlineData(2, 90, 18)]
    [InlineData(7, 9, 7)]
    [InlineData(40, 60, 8)]
    public void Export_AnyStepRange_GivesPresetsThatCanBeCarriedOut(int first, int end, int? evaluations)
    {
        File.WriteAllText(
            _model.ConfigurationPath,
            File.ReadAllText(_model.ConfigurationPath)
                .Replace("step_range: [40, 60]", $"step_range: [{first}, {end}]", StringComparison.Ordinal)
        );
        BundleManifest manifest = BundleExporter.Export(_model.Options).Manifest;
        Assert.Equal(evaluations, manifest.Presets.GetValueOrDefault("fast")?.Evaluations);
        if (evaluations is null)
        {
            return;
        }

        int[] wanted = [.. manifest.Presets["fast"].Steps.Select(step => manifest.Schedule.Timesteps[step])];
        Core.Diffusion.NoiseSchedule schedule = new(manifest.Model.Scheduler);
        Assert.Equal(
            evaluations + 1,
            Core.Diffusion.DpmSolverMultistepInversion.PlaceNodes(schedule, manifest.Schedule.Timesteps[0], wanted, evaluations.Value).Count
        );
    }

    [Fact]
    public void Export_OneWeightChanged_ChangesTheId()
    {
        BundleExportResult before = BundleExporter.Export(_model.Options);
        string changed = _model.Change("unet.safetensors", "conv_in.conv.bias", values => values[0] += 1);
        BundleExportResult after = BundleExporter.Export(_model.Options with { UNetPath = changed, OutputPath = _model.PathOf("changed") });
        Assert.NotEqual(before.Manifest.Id, after.Manifest.Id);
    }

    [Fact]
    public void Export_Manifest_DescribesTheGraphsAsOnnxRuntimeSeesThem()
    {
        BundleExportResult result = BundleExporter.Export(_model.Options);
        Assert.Equal(["attention", "denoiser", "text_encoder", "vae_encoder"], result.Manifest.Graphs.Keys.Order(StringComparer.Ordinal));
        foreach (BundleGraph graph in result.Manifest.Graphs.Values)
        {
            using OrtGraph ort = new(Path.Combine(result.Folder, graph.File));
            AssertSame(graph.Inputs, ort.Session.InputNames, ort.Session.InputMetadata);
            AssertSame(graph.Outputs, ort.Session.OutputNames, ort.Session.OutputMetadata);
        }
    }

    [Fact]
    public void Export_Graphs_CarryMetadata()
    {
        BundleExportResult result = BundleExporter.Export(_model.Options);
        using OrtGraph ort = new(Path.Combine(result.Folder, "unet.onnx"));
        Dictionary<string, string> metadata = ort.Session.ModelMetadata.CustomMetadataMap;
        Assert.Equal("denoiser", metadata["cxronnx.graph"]);
        Assert.Equal("tiny", metadata["cxronnx.model"]);
        Assert.Equal(ToolVersion.Exporter, metadata["cxronnx.tool"]);
        Assert.Matches("^[0-9a-f]{64}$", metadata["cxronnx.config_sha256"]);
        Assert.Matches("^[0-9a-f]{16}$", metadata["cxronnx.export_id"]);
    }

    [Fact]
    public void Export_Manifest_HoldsTheScheduleAsNumbers()
    {
        BundleSchedule schedule = BundleExporter.Export(_model.Options).Manifest.Schedule;
        Assert.Equal("trailing", schedule.Spacing);
        Assert.Equal(100, schedule.Timesteps.Count);
        Assert.Equal((9, 999), (schedule.Timesteps[0], schedule.Timesteps[^1]));
        // alpha_bar_0..9 of the linear schedule in sqrt(beta) between sqrt(0.0015) and sqrt(0.0205).
        double expected = 1;
        for (int t = 0; t < 10; t++)
        {
            double root = Math.Sqrt(0.0015) + (Math.Sqrt(0.0205) - Math.Sqrt(0.0015)) * t / 999;
            expected *= 1 - root * root;
        }

        Assert.Equal(expected, schedule.AlphasCumprod[0], 1e-12);
    }

    [Fact]
    public void Export_Weights_AreAlignedAndLaidOutForTheGraphs()
    {
        BundleExportResult result = BundleExporter.Export(_model.Options);
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(result.Folder, "weights.safetensors"));
        using SafetensorsFile unet = SafetensorsFile.Open(_model.Options.UNetPath);
        const string Key = "middle_block.attention.transformer_blocks.0.ff.linear1.weight";
        float[] stored = weights.ReadFloat32($"unet.{Key}.T");
        float[] original = unet.ReadFloat32(Key);
        Assert.Equal([16, 128], weights.Tensors[$"unet.{Key}.T"].Shape);
        for (int row = 0; row < 128; row++)
        {
            for (int column = 0; column < 16; column++)
            {
                Assert.Equal(original[row * 16 + column], stored[column * 128 + row]);
            }
        }

        Assert.Equal(0, weights.OffsetOf($"unet.{Key}.T") % 4096);
        Assert.Equal([16, 1, 1], weights.Tensors["unet.middle_block.attention.norm.weight"].Shape);
        Assert.DoesNotContain(weights.Tensors.Keys, name => name.StartsWith("vae.decoder", StringComparison.Ordinal));
    }

    [Fact]
    public void Export_HalfPrecisionCheckpoint_IsWidened()
    {
        using SafetensorsFile original = SafetensorsFile.Open(_model.Options.TextEncoderPath);
        string half = _model.PathOf("half.safetensors");
        SafetensorsWriter.Write(
            half,
            [
                .. original.Tensors.Values.Select(info =>
                {
                    Half[] values = [.. original.ReadFloat32(info.Name).Select(value => (Half)value)];
                    return TensorPayload.Bytes(
                        info with
                        {
                            DataType = TensorDataType.F16,
                        },
                        System.Runtime.InteropServices.MemoryMarshal.AsBytes<Half>(values).ToArray()
                    );
                }),
            ]
        );
        string folder = BundleExporter.Export(_model.Options with { TextEncoderPath = half }).Folder;
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "weights.safetensors"));
        const string Name = "text_model.final_layer_norm.bias";
        Assert.Equal(original.ReadFloat32(Name).Select(value => (float)(Half)value), weights.ReadFloat32($"text.{Name}"));
    }

    [Fact]
    public void Export_ModelCard_NamesEveryTensorAndTheUse()
    {
        BundleExportResult result = BundleExporter.Export(_model.Options);
        string card = File.ReadAllText(Path.Combine(result.Folder, "MODEL_CARD.md"));
        foreach (BundleTensor tensor in result.Manifest.Graphs.Values.SelectMany(graph => graph.Inputs.Concat(graph.Outputs)))
        {
            Assert.Contains($"`{tensor.Name}`", card, StringComparison.Ordinal);
        }

        Assert.Contains("Research only", card, StringComparison.Ordinal);
        Assert.Contains(Sha256.OfFile(_model.Options.UNetPath), card, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_OptionalFiles_AreCopied()
    {
        File.WriteAllText(_model.PathOf("my-atlas.yaml"), "locations: {}\n");
        BundleExportResult result = BundleExporter.Export(
            _model.Options with
            {
                AtlasPath = _model.PathOf("my-atlas.yaml"),
                GoldenPath = _model.PathOf("vae.safetensors"),
            }
        );
        Assert.Equal("locations: {}\n", File.ReadAllText(Path.Combine(result.Folder, "atlas.yaml")));
        Assert.Equal(
            Sha256.OfFile(_model.PathOf("vae.safetensors")),
            result.Manifest.Files.Single(file => file.Path == "golden.safetensors").Sha256
        );
    }

    private static void AssertSame(
        IReadOnlyList<BundleTensor> tensors,
        IReadOnlyList<string> names,
        IReadOnlyDictionary<string, NodeMetadata> metadata
    )
    {
        Assert.Equal(tensors.Select(tensor => tensor.Name), names);
        foreach (BundleTensor tensor in tensors)
        {
            NodeMetadata node = metadata[tensor.Name];
            Assert.Equal(tensor.DataType == "int64" ? typeof(long) : typeof(float), node.ElementType);
            Assert.Equal(
                tensor.Shape,
                node.Dimensions.Zip(
                    node.SymbolicDimensions,
                    (size, symbol) => symbol.Length > 0 ? symbol : FormattableString.Invariant($"{size}")
                )
            );
        }
    }
}
