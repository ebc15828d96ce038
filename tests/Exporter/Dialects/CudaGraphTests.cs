using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Dialects;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Dialects;

/// <summary>
/// The graphs for CUDA with the fused operators expanded, on the CPU, against the plain graphs of the same weights: two heads and two
/// blocks per attention, batches of one and several, latents that are not square.
/// </summary>
[Trait("Category", "slow")]
public class CudaGraphTests
{
    // Both are single precision; they differ by the order of sums.
    private const double Tolerance = 1e-5;
    private const int Width = TinyModel.Width;

    private static readonly Lazy<string> LazyBundle = new(() => Export(half: false));
    private static readonly Lazy<string> LazyHalf = new(() => Export(half: true));

    [Theory]
    [InlineData("cuda/", 1, 4, 4)]
    [InlineData("cuda/", 3, 4, 8)]
    [InlineData("cuda_", 3, 4, 8)]
    public void Denoiser_Expanded_EqualsPlainGraph(string set, int batch, int rows, int columns)
    {
        using SplitUNet split = new(LazyBundle.Value, set);
        using OrtGraph plain = new(Path.Combine(LazyBundle.Value, "unet.onnx"));
        (TestTensor sample, TestTensor timestep, TestTensor states) = Inputs(batch, batch, rows, columns);
        TestTensor want = plain.Run(("sample", sample), ("timestep", timestep), ("encoder_hidden_states", states))["out_sample"];
        TestTensor got = split.Run("unet.onnx", sample, timestep, states)["out_sample"];
        Parity.AssertClose(want, got, Tolerance, Tolerance, "out_sample");
    }

    [Theory]
    [InlineData("cuda/", 1, 1, 4, 4)]
    [InlineData("cuda/", 3, 1, 4, 8)]
    [InlineData("cuda/", 2, 3, 8, 4)]
    [InlineData("cuda_", 2, 3, 8, 4)]
    public void AttentionMaps_Expanded_EqualPlainGraph(string set, int samples, int promptsPerSample, int rows, int columns)
    {
        using SplitUNet split = new(LazyBundle.Value, set);
        using OrtGraph plain = new(Path.Combine(LazyBundle.Value, "unet_attention.onnx"));
        (TestTensor sample, TestTensor timestep, TestTensor states) = Inputs(samples, samples * promptsPerSample, rows, columns);
        IReadOnlyDictionary<string, TestTensor> want = plain.Run(
            ("sample", sample),
            ("timestep", timestep),
            ("encoder_hidden_states", states)
        );
        // Every token's own map: the weights are the unit matrix.
        IReadOnlyDictionary<string, TestTensor> got = split.Run("unet_attention.onnx", sample, timestep, states, tokenMaps: true);
        foreach (int layer in (int[])[2, 5])
        {
            Parity.AssertClose(want[$"attention_{layer}"], got[$"token_mean_{layer}"], Tolerance, 0, $"layer {layer}");
        }
    }

    [Theory]
    [InlineData("cuda/", 1, 4, 4)]
    [InlineData("cuda/", 3, 4, 8)]
    [InlineData("cuda_", 3, 4, 8)]
    public void Step_Expanded_IsThePlainOutputTimesTheCoefficients(string set, int batch, int rows, int columns)
    {
        using SplitUNet split = new(LazyBundle.Value, set);
        using OrtGraph plain = new(Path.Combine(LazyBundle.Value, "unet.onnx"));
        (TestTensor sample, _, TestTensor states) = Inputs(batch, batch, rows, columns);
        TestTensor memory = TestTensor.Random(9, sample.Shape);
        TestTensor coefficients = TestTensor.Random(10, 5, 2, 3);
        long[] timesteps = [9, 19, 409, 599, 999];
        const int Step = 3;
        TestTensor output = plain.Run(
            ("sample", sample),
            ("timestep", new TestTensor(Enumerable.Repeat(timesteps[Step], batch).ToArray(), [batch])),
            ("encoder_hidden_states", states)
        )["out_sample"];

        int size = sample.Floats.Length / batch;
        float[] state = new float[2 * sample.Floats.Length];
        float[] want = new float[state.Length];
        for (int b = 0; b < batch; b++)
        {
            sample.Floats.AsSpan(b * size, size).CopyTo(state.AsSpan(2 * b * size));
            memory.Floats.AsSpan(b * size, size).CopyTo(state.AsSpan(((2 * b) + 1) * size));
            for (int i = 0; i < 2 * size; i++)
            {
                ReadOnlySpan<float> c = coefficients.Floats.AsSpan((Step * 6) + (i / size * 3), 3);
                int at = (b * size) + (i % size);
                want[(2 * b * size) + i] = (c[0] * sample.Floats[at]) + (c[1] * memory.Floats[at]) + (c[2] * output.Floats[at]);
            }
        }

        long[] shape = [batch, 2, .. sample.Shape[1..]];
        (TestTensor next, long[] step) = split.Step(new TestTensor(state, shape), Step, timesteps, coefficients, states);
        Parity.AssertClose(new TestTensor(want, shape), next, Tolerance, Tolerance, "next_state");
        Assert.Equal(Enumerable.Repeat(Step + 1L, batch), step);
    }

    [Fact]
    public void VaeEncoder_ExpandedNonSquareBatch_EqualsPlainGraph()
    {
        using OrtGraph plain = new(Path.Combine(LazyBundle.Value, "vae_encoder.onnx"));
        using OrtGraph cuda = new(Path.Combine(LazyBundle.Value, "cuda", "vae_encoder.onnx"));
        TestTensor image = TestTensor.Random(4, 3, 1, 16, 24);
        Parity.AssertClose(plain.Run(("image", image))["latents"], cuda.Run(("image", image))["latents"], Tolerance, Tolerance, "latents");
    }

    [Fact]
    public void Denoiser_ExpandedInHalfPrecision_StaysWithinTheToleranceOfTheManifest()
    {
        using Bundle bundle = Bundle.Open(LazyHalf.Value);
        using SplitUNet split = new(LazyHalf.Value);
        using OrtGraph plain = new(Path.Combine(LazyHalf.Value, "unet.onnx"));
        (TestTensor sample, TestTensor timestep, TestTensor states) = Inputs(2, 2, 4, 8);
        TestTensor want = plain.Run(("sample", sample), ("timestep", timestep), ("encoder_hidden_states", states))["out_sample"];
        TestTensor got = split.Run("unet.onnx", sample, timestep, states)["out_sample"];
        Parity.AssertClose(want, got, bundle.Manifest.GraphSets!["cuda"].Tolerances["denoiser"], 0, "out_sample");
        Assert.NotEqual(want.Floats, got.Floats);
    }

    private static (TestTensor Sample, TestTensor Timestep, TestTensor States) Inputs(int samples, int prompts, int rows, int columns) =>
        (
            TestTensor.Random(1, samples, 3, rows, columns),
            new TestTensor(new[] { 409L, 9L, 999L }[..samples], [samples]),
            TestTensor.Random(2, prompts, 77, Width)
        );

    private static string Export(bool half)
    {
        TinyModel model = new();
        return BundleExporter.Export(model.Options with { Cuda = true, CudaDialect = (new CudaDialect(half, fused: false), "cpu") }).Folder;
    }
}
