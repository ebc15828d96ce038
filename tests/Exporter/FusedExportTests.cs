using CxrOnnx.Core;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

/// <summary>What <c>--fused</c> and <c>--triton</c> write; that the fused graph computes the same is tested with the runtime.</summary>
[Trait("Category", "slow")]
public class FusedExportTests
{
    private readonly TinyModel _model = new();

    [Fact]
    public void Export_Fused_UsesTheSharedWeightsOnce()
    {
        BundleExportResult plain = BundleExporter.Export(_model.Options);
        BundleExportResult fused = BundleExporter.Export(_model.Options with { Fused = true, OutputPath = _model.PathOf("fused") });
        Assert.Equal(
            plain.Manifest.Files.Single(file => file.Path == "weights.safetensors").Sha256,
            fused.Manifest.Files.Single(file => file.Path == "weights.safetensors").Sha256
        );
        Assert.Equal(["text_encoder", "vae_encoder", "denoiser", "attention", "grounding"], fused.Manifest.Graphs.Keys);
        Assert.Contains("`grounding.onnx`", File.ReadAllText(Path.Combine(fused.Folder, "MODEL_CARD.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Export_FusedTwice_WritesTheSameBytes()
    {
        byte[] Graph(string name)
        {
            string folder = BundleExporter.Export(_model.Options with { Fused = true, OutputPath = _model.PathOf(name) }).Folder;
            return File.ReadAllBytes(Path.Combine(folder, "grounding.onnx"));
        }

        Assert.Equal(Graph("first"), Graph("second"));
    }

    [Fact]
    public void Export_Triton_WritesARepositoryThatOnnxRuntimeLoads()
    {
        string repository = _model.PathOf("triton");
        BundleExportResult result = BundleExporter.Export(_model.Options with { Fused = true, TritonPath = repository });
        Assert.Contains(result.Notes, note => note.Contains("triton", StringComparison.Ordinal));
        Assert.Equal(
            ["tiny/1/model.onnx", "tiny/1/weights.safetensors", "tiny/config.pbtxt"],
            Directory
                .EnumerateFiles(repository, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(repository, path).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)
        );
        string configuration = File.ReadAllText(Path.Combine(repository, "tiny", "config.pbtxt"));
        Assert.Contains("name: \"tiny\"\nbackend: \"onnxruntime\"\nmax_batch_size: 0\n", configuration, StringComparison.Ordinal);
        Assert.Contains("{ name: \"image\", data_type: TYPE_FP32, dims: [ 1, 1, -1, -1 ] }", configuration, StringComparison.Ordinal);
        Assert.Contains("{ name: \"input_ids\", data_type: TYPE_INT64, dims: [ -1, 77 ] }", configuration, StringComparison.Ordinal);
        Assert.Contains(
            "output [\n  { name: \"heatmap\", data_type: TYPE_FP32, dims: [ -1, -1, -1 ] }\n]",
            configuration,
            StringComparison.Ordinal
        );
        using OrtGraph graph = new(Path.Combine(repository, "tiny", "1", "model.onnx"));
        Assert.Equal(["image", "input_ids", "uncond_input_ids", "token_mask"], graph.Session.InputNames);
    }

    [Fact]
    public void Export_TritonWithoutFused_IsRefused()
    {
        InputException error = Assert.Throws<InputException>(() =>
            BundleExporter.Export(_model.Options with { TritonPath = _model.PathOf("triton") })
        );
        Assert.Contains("`fused`", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_TritonModelIsThere_IsRefusedBeforeAnythingIsWritten()
    {
        Directory.CreateDirectory(Path.Combine(_model.PathOf("triton"), "tiny"));
        InputException error = Assert.Throws<InputException>(() =>
            BundleExporter.Export(_model.Options with { Fused = true, TritonPath = _model.PathOf("triton") })
        );
        Assert.Contains("is there already", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_model.OutputPath));
    }
}
