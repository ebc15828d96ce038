using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Models;

[Trait("Category", "slow")]
public class VaeParityTests
{
    // The reference's tolerance for the mean (5e-4, values up to 22) times the latent scale.
    private const double Tolerance = 5e-4 * LatentScale;
    private const float LatentScale = 0.3f;

    [Fact]
    public void VaeEncoder_ReferenceImage_EqualsScaledMean()
    {
        using OrtGraph encoder = new(Path.Combine(ReferenceBundles.Tuned, "vae_encoder.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("vae/io.safetensors"));
        TestTensor mean = TestTensor.Of(io, "mean1");
        TestTensor got = encoder.Run(("image", TestTensor.Of(io, "image1")))["latents"];
        Assert.Equal([1, 3, 12, 20], got.Shape);
        Parity.AssertClose(
            new TestTensor(mean.Floats.Select(value => value * LatentScale).ToArray(), mean.Shape),
            got,
            Tolerance,
            name: "mean1"
        );
    }

    [Fact]
    public void VaeEncoder_TwoImages_EqualsOneByOne()
    {
        using OrtGraph encoder = new(Path.Combine(ReferenceBundles.Tuned, "vae_encoder.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("vae/io.safetensors"));
        TestTensor image = TestTensor.Of(io, "image1");
        float[] mirrored = [.. image.Floats.Reverse()];
        TestTensor both = encoder.Run(("image", new TestTensor(image.Floats.Concat(mirrored).ToArray(), [2, 1, 96, 160])))["latents"];
        TestTensor first = encoder.Run(("image", image))["latents"];
        TestTensor second = encoder.Run(("image", new TestTensor(mirrored, [1, 1, 96, 160])))["latents"];
        // Same arithmetic; convolutions may be cut differently for other batch sizes.
        Parity.AssertClose(new TestTensor(first.Floats.Concat(second.Floats).ToArray(), both.Shape), both, 1e-4, name: "two images");
    }
}
