using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Parity;

[Trait("Category", "slow")]
public class GoldenVerificationTests
{
    [Theory]
    [InlineData("tuned")]
    [InlineData("frozen")]
    public void Run_ReferenceCases_Pass(string variant)
    {
        using Bundle bundle = Bundle.Open(variant == "tuned" ? ReferenceBundles.Tuned : ReferenceBundles.Frozen);
        List<(int, int)> progress = [];
        ParityReport report = GoldenVerification.Run(
            bundle,
            null,
            GroundingPipelineReferenceTests.Options,
            new Recorder(progress),
            GroundingPipelineReferenceTests.Cancellation
        );
        foreach (TensorParity tensor in report.Tensors)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{tensor.Name}: max abs {tensor.MaxAbsolute:E2}, max rel {tensor.MaxRelative:E2}, cosine {tensor.Cosine:F9}, "
                    + $"{tensor.FailedElements} failed"
            );
        }

        Assert.Empty(report.Problems);
        Assert.Empty(report.GraphsWithoutCases);
        Assert.True(report.Passed);
        Assert.Equal(ParityFile.TensorCount, report.Tensors.Count);

        // A pixel that flips at Otsu's threshold moves the cosine of a frozen heatmap; nothing else may.
        Assert.All(
            report.Tensors,
            tensor => Assert.True(tensor.Cosine > (tensor.FailedElements == 0 ? 0.999999 : 0.9999), $"{tensor.Name}: {tensor.Cosine}")
        );
        Assert.All(
            report.Tensors,
            tensor => Assert.True(tensor.FailedElements == 0 || (variant == "frozen" && tensor.Graph == "pipeline"), tensor.Name)
        );
        Assert.Equal(progress.Count, progress[^1].Item2);
    }

    [Fact]
    public void Run_OneValueChanged_FailsAndNamesTheTensor()
    {
        ParityReport report = Run(
            tensors => Change(tensors, "denoiser/mixed/out/out_sample", values => values[100] += 0.01f),
            "denoiser/mixed"
        );
        Assert.False(report.Passed);
        TensorParity failed = Assert.Single(report.Tensors, tensor => !tensor.Passed);
        Assert.Equal("denoiser/mixed/out_sample", failed.Name);
        Assert.Equal(1, failed.FailedElements);
        Assert.Equal(0.01, failed.MaxAbsolute, 1e-4);
        Assert.Null(failed.Problem);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Run_GoldenNotFinite_NeverPasses(float value)
    {
        ParityReport report = Run(
            tensors => Change(tensors, "denoiser/mixed/out/out_sample", values => values[7] = value),
            "denoiser/mixed",
            """{"atol": 1e30, "rtol": 1e30, "max_outlier_fraction": 0.9}"""
        );
        Assert.False(Assert.Single(report.Tensors).Passed);
    }

    [Fact]
    public void Run_FewOutliers_PassWhereAllowed()
    {
        static void Flip(Dictionary<string, TensorPayload> tensors) =>
            Change(tensors, "denoiser/mixed/out/out_sample", values => values[100] += 0.01f);
        Assert.True(Run(Flip, "denoiser/mixed", """{"atol": 1e-4, "rtol": 1e-4, "max_outlier_fraction": 0.001}""").Passed);
        Assert.False(Run(Flip, "denoiser/mixed", """{"atol": 1e-4, "rtol": 1e-4, "max_outlier_fraction": 0.0001}""").Passed); // 6144 values
    }

    [Fact]
    public void Run_InputMissing_IsNamed()
    {
        ParityReport report = Run(tensors => tensors.Remove("denoiser/mixed/in/timestep"), "denoiser/mixed");
        Assert.Equal(["denoiser/mixed: input timestep is missing"], report.Problems);
        Assert.False(report.Passed);
    }

    [Fact]
    public void Run_UnknownTensors_AreNamed()
    {
        ParityReport report = Run(
            tensors =>
            {
                Rename(tensors, "denoiser/mixed/out/out_sample", "denoiser/mixed/out/sample");
                Add(tensors, "denoiser/mixed/in/guidance");
                Add(tensors, "decoder/a/in/z");
                Add(tensors, "loose");
            },
            "denoiser/mixed"
        );
        Assert.Contains("denoiser/mixed: denoiser has no input guidance", report.Problems);
        Assert.Contains("denoiser/mixed: denoiser has no output sample", report.Problems);
        Assert.Contains("tensor loose: the name is not <graph>/<case>/in|out/<tensor>", report.Problems);
        Assert.Contains(report.Problems, problem => problem.StartsWith("metadata tolerance.decoder is missing", StringComparison.Ordinal));
        Assert.False(report.Passed);
    }

    [Fact]
    public void Run_UnknownGraphWithTolerance_IsNamed()
    {
        ParityReport report = Run(
            tensors => Add(tensors, "decoder/a/out/z"),
            "denoiser/mixed",
            extra: ("tolerance.decoder", """{"atol": 1, "rtol": 0}""")
        );
        Assert.Contains(
            report.Problems,
            problem => problem.StartsWith("decoder/a: the bundle has no graph decoder", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Run_OutputMissing_IsNamed()
    {
        ParityReport report = Run(tensors => tensors.Remove("denoiser/mixed/out/out_sample"), "denoiser/mixed");
        Assert.Equal(["denoiser/mixed: the case has no output to compare with"], report.Problems);
        Assert.False(report.Passed);
    }

    [Fact]
    public void Run_OtherShape_FailsWithBothShapes()
    {
        ParityReport report = Run(
            tensors =>
                tensors["denoiser/mixed/out/out_sample"] = TensorPayload.Float32(
                    "denoiser/mixed/out/out_sample",
                    [2, 3, 16, 64],
                    new float[6144]
                ),
            "denoiser/mixed"
        );
        Assert.Equal("got shape [2, 3, 32, 32], wanted [2, 3, 16, 64]", Assert.Single(report.Tensors).Problem);
    }

    [Fact]
    public void Run_InputOfAnUnfitShape_FailsWithTheGraphsReason()
    {
        ParityReport report = Run(
            tensors =>
                tensors["denoiser/mixed/in/sample"] = TensorPayload.Float32("denoiser/mixed/in/sample", [2, 2, 32, 32], new float[4096]),
            "denoiser/mixed"
        );
        Assert.StartsWith("unet.onnx: ", Assert.Single(report.Tensors).Problem, StringComparison.Ordinal);
        Assert.False(report.Passed);
    }

    [Fact]
    public void Run_NoCases_DoesNotPass()
    {
        ParityReport report = Run(_ => { }, "nothing");
        Assert.Equal(["the file has no golden case"], report.Problems);
        Assert.False(report.Passed);
    }

    [Theory]
    [InlineData("""{"atol": -1, "rtol": 0}""")]
    [InlineData("""{"atol": 1}""")]
    [InlineData("""{"atol": "1", "rtol": 0}""")]
    [InlineData("""{"atol": 1, "rtol": 0, "max_outlier_fraction": 1}""")]
    [InlineData("""{"atol": 1, "rtol": 0, "outliers": 0.1}""")]
    [InlineData("1e-5")]
    [InlineData("nonsense")]
    public void Run_ToleranceUnfit_Throws(string tolerance)
    {
        ArtifactException error = Assert.Throws<ArtifactException>(() => Run(_ => { }, "denoiser/mixed", tolerance));
        Assert.Contains("tolerance.denoiser", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NoSuchFile_Throws()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        Assert.Throws<InputException>(() =>
            GoldenVerification.Run(bundle, "no-such.safetensors", cancellationToken: GroundingPipelineReferenceTests.Cancellation)
        );
    }

    private static ParityReport Run(
        Action<Dictionary<string, TensorPayload>> change,
        string only,
        string? tolerance = null,
        (string Key, string Value)? extra = null
    )
    {
        using SafetensorsFile golden = SafetensorsFile.Open(ParityFile.Path("tuned"));
        Dictionary<string, TensorPayload> tensors = golden
            .Tensors.Keys.Where(name => name.StartsWith(only + "/", StringComparison.Ordinal))
            .ToDictionary(name => name, name => TensorPayload.Copy(golden, name));
        change(tensors);
        Dictionary<string, string> metadata = new(golden.Metadata);
        if (tolerance is not null)
        {
            metadata["tolerance.denoiser"] = tolerance;
        }

        if (extra is { } entry)
        {
            metadata[entry.Key] = entry.Value;
        }

        string path = Path.Combine(TestRunFolder.Create(), "golden.safetensors");
        SafetensorsWriter.Write(path, [.. tensors.Values], metadata);
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        return GoldenVerification.Run(
            bundle,
            path,
            GroundingPipelineReferenceTests.Options,
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
    }

    private static void Change(Dictionary<string, TensorPayload> tensors, string name, Action<float[]> change)
    {
        using SafetensorsFile golden = SafetensorsFile.Open(ParityFile.Path("tuned"));
        float[] values = golden.ReadFloat32(name);
        change(values);
        tensors[name] = TensorPayload.Float32(name, golden.Tensors[name].Shape, values);
    }

    private static void Rename(Dictionary<string, TensorPayload> tensors, string name, string newName)
    {
        using SafetensorsFile golden = SafetensorsFile.Open(ParityFile.Path("tuned"));
        tensors.Remove(name);
        tensors.Add(newName, TensorPayload.Float32(newName, golden.Tensors[name].Shape, golden.ReadFloat32(name)));
    }

    private static void Add(Dictionary<string, TensorPayload> tensors, string name) =>
        tensors.Add(name, TensorPayload.Float32(name, [1], new float[1]));

    private sealed class Recorder(List<(int Done, int Total)> reports) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => reports.Add(value);
    }
}
