using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Models;

// Tolerances are those that come with the reference tensors: 1e-4 for outputs up to 4.1, 2e-5 for probabilities.
[Trait("Category", "slow")]
public class UNetParityTests
{
    private const double OutputTolerance = 1e-4;
    private const double AttentionTolerance = 2e-5;

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(409)]
    [InlineData(599)]
    [InlineData(999)]
    public void Denoiser_ReferenceTimestep_EqualsReference(long timestep)
    {
        using OrtGraph denoiser = new(Path.Combine(ReferenceBundles.Tuned, "unet.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("unet/io.safetensors"));
        TestTensor got = denoiser.Run(
            ("sample", TestTensor.Of(io, "z")),
            ("timestep", new TestTensor(new[] { timestep, timestep }, [2])),
            ("encoder_hidden_states", TestTensor.Of(io, "context"))
        )["out_sample"];
        Parity.AssertClose(TestTensor.Of(io, $"out_t{timestep}"), got, OutputTolerance, name: $"out_t{timestep}");
    }

    [Fact]
    public void Denoiser_OneTimestepPerSample_EqualsReference()
    {
        using OrtGraph denoiser = new(Path.Combine(ReferenceBundles.Tuned, "unet.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("unet/io.safetensors"));
        TestTensor got = denoiser.Run(
            ("sample", TestTensor.Of(io, "z")),
            ("timestep", TestTensor.Of(io, "timesteps_mixed")),
            ("encoder_hidden_states", TestTensor.Of(io, "context"))
        )["out_sample"];
        Parity.AssertClose(TestTensor.Of(io, "out_mixed"), got, OutputTolerance, name: "out_mixed");
    }

    [Fact]
    public void Denoiser_NonSquareLatentsAndShortContext_EqualsReference()
    {
        using OrtGraph denoiser = new(Path.Combine(ReferenceBundles.Tuned, "unet.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("unet/io.safetensors"));
        TestTensor got = denoiser.Run(
            ("sample", TestTensor.Of(io, "z_nonsquare")),
            ("timestep", new TestTensor(new[] { 500L }, [1])),
            ("encoder_hidden_states", TestTensor.Of(io, "context_short"))
        )["out_sample"];
        Parity.AssertClose(TestTensor.Of(io, "out_nonsquare_t500"), got, OutputTolerance, name: "out_nonsquare_t500");
    }

    [Theory]
    [InlineData(409)]
    [InlineData(999)]
    public void Attention_AllLayers_EqualsReference(long timestep)
    {
        using OrtGraph attention = new(Path.Combine(ReferenceBundles.AllLayers, "unet_attention.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("unet/io.safetensors"));
        IReadOnlyDictionary<string, TestTensor> got = attention.Run(
            ("sample", TestTensor.Of(io, "z")),
            ("timestep", new TestTensor(new[] { timestep, timestep }, [2])),
            ("encoder_hidden_states", TestTensor.Of(io, "context"))
        );
        Assert.Equal(11, got.Count);
        for (int layer = 0; layer < 11; layer++)
        {
            string name = $"attn_t{timestep}_layer{layer}";
            TestTensor want = TestTensor.Of(io, name);
            Parity.AssertClose(want, EveryNth(got[$"attention_{layer}"], want.Shape[1]), AttentionTolerance, name: name);
        }
    }

    // Of the large maps the fixture holds evenly spaced cells only.
    private static TestTensor EveryNth(TestTensor map, long rows)
    {
        int width = (int)map.Shape[2];
        int every = (int)(map.Shape[1] / rows);
        float[] values = [.. map.Floats.Chunk(width).Where((_, row) => row % every == 0).SelectMany(row => row)];
        return new TestTensor(values, [map.Shape[0], rows, width]);
    }

    [Fact]
    public void Attention_TwoImagesAtOnce_EqualsOneByOne()
    {
        using OrtGraph attention = new(Path.Combine(ReferenceBundles.Tuned, "unet_attention.onnx"));
        TestTensor sample = TestTensor.Random(1, 2, 3, 24, 40);
        TestTensor context = TestTensor.Random(2, 2, 77, 64);
        TestTensor both = attention.Run(
            ("sample", sample),
            ("timestep", new TestTensor(new[] { 419L, 519L }, [2])),
            ("encoder_hidden_states", context)
        )["attention_4"];
        TestTensor second = attention.Run(
            ("sample", new TestTensor(sample.Floats[(3 * 24 * 40)..], [1, 3, 24, 40])),
            ("timestep", new TestTensor(new[] { 519L }, [1])),
            ("encoder_hidden_states", new TestTensor(context.Floats[(77 * 64)..], [1, 77, 64]))
        )["attention_4"];
        Assert.Equal([2, 6 * 10, 77], both.Shape);
        // Probabilities; one rounding of matrix products may differ between batch sizes.
        Parity.AssertClose(second, new TestTensor(both.Floats[(60 * 77)..], [1, 60, 77]), 1e-6, name: "second of two");
    }
}
