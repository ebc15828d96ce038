using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Bench;

[Trait("Category", "quick")]
public sealed class OperatorProfileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Traces_AddsUpKernelsOnly()
    {
        string trace = Trace(
            Event(
                "conv_1_kernel_time",
                3000,
                "Conv",
                "[{\"float\":[2,4,5,7]},{\"float\":[8,4,3,3]},{\"float\":[8]}]",
                "[{\"float\":[2,8,5,7]}]"
            ),
            Event("conv_2_kernel_time", 1000, "Conv", "[{\"float\":[2,8,5,7]},{\"float\":[8,8,1,1]}]", "[{\"float\":[2,8,5,7]}]"),
            Event("conv_2_fence_before", 5000, "Conv", "[]", "[]"),
            Event("product_kernel_time", 2000, "MatMul", "[{\"float\":[3,10,6]},{\"float\":[6,4]}]", "[{\"float\":[3,10,4]}]"),
            Event("shape_kernel_time", 4000, "Reshape", "[{\"float\":[3]}]", "[{\"float\":[3]}]"),
            "{\"cat\":\"Session\",\"name\":\"model_run\",\"dur\":90000,\"args\":{}}"
        );

        IReadOnlyList<OperatorTime> times = OperatorProfile.Read(new Dictionary<string, string> { ["denoiser"] = trace });

        Assert.Equal(["Conv", "Reshape", "MatMul"], times.Select(entry => entry.Operator));
        Assert.Equal((2, 0.004), (times[0].Calls, times[0].Seconds));
        Assert.Equal([0.4, 0.4, 0.2], times.Select(entry => Math.Round(entry.Share, 9)));
        Assert.Equal(2.0 * (2 * 8 * 5 * 7) * ((4 * 9) + 8) / 1e9, times[0].Gflop!.Value, 1e-15);
        Assert.Equal(times[0].Gflop!.Value / 0.004, times[0].Gflops!.Value, 1e-12);
        Assert.Null(times[1].Gflop);
        Assert.Equal(2.0 * (3 * 10 * 4) * 6 / 1e9, times[2].Gflop!.Value, 1e-15);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("[{\"cat\":\"Node\",\"name\":\"a_kernel_time\",\"dur\":1}]")]
    public void Read_NoTrace_NamesTheFile(string text)
    {
        string path = _folder.File("trace.json");
        File.WriteAllText(path, text);

        ArtifactException error = Assert.Throws<ArtifactException>(() =>
            OperatorProfile.Read(new Dictionary<string, string> { ["denoiser"] = path })
        );

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private string Trace(params string[] events)
    {
        string path = _folder.File("trace.json");
        File.WriteAllText(path, $"[{string.Join(",\n", events)}]");
        return path;
    }

    private static string Event(string name, int microseconds, string kind, string inputs, string outputs) =>
        $"{{\"cat\":\"Node\",\"name\":\"{name}\",\"dur\":{microseconds},"
        + $"\"args\":{{\"op_name\":\"{kind}\",\"input_type_shape\":{inputs},\"output_type_shape\":{outputs}}}}}";
}
