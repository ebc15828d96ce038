using CxrOnnx.Core.Bundles;
using Xunit;

namespace CxrOnnx.Core.Tests.Bundles;

[Trait("Category", "quick")]
public sealed class BundleLayoutTests
{
    [Theory]
    [InlineData("denoiser", "unet.onnx")]
    [InlineData("attention", "unet_attention.onnx")]
    [InlineData("text_encoder", "text_encoder.onnx")]
    [InlineData("grounding", "grounding.onnx")]
    public void FileOf_Graph_IsNamedAfterTheFieldsWord(string graph, string file) => Assert.Equal(file, BundleLayout.FileOf(graph));

    [Theory]
    [InlineData("weights.safetensors", new[] { "a.onnx", "weights.safetensors" })]
    [InlineData("weights.bin", new[] { "a.onnx", "weights.bin" })]
    [InlineData("weights.safetensors", new[] { "weights.bin", "weights.safetensors" })]
    [InlineData(null, new[] { "a.onnx" })]
    public void WeightsOf_PresentAndEarlierName_IsFound(string? found, string[] files)
    {
        BundleManifest manifest = SampleBundle.Draft with
        {
            Files = [.. files.Select(file => new BundleFile(file, 1, new string('0', 64)))],
        };

        Assert.Equal(found, BundleLayout.WeightsOf(manifest)?.Path);
    }
}
