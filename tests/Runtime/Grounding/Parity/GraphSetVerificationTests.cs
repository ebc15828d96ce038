using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Parity;

/// <summary>The reference's golden numbers, asked of the graph sets for CUDA on the CPU.</summary>
[Trait("Category", "slow")]
public class GraphSetVerificationTests
{
    [Theory]
    [InlineData(MathPrecision.Fp32, false)]
    [InlineData(MathPrecision.Fp16, false)]
    [InlineData(MathPrecision.Fp16, true)]
    public void Run_ReferenceCases_Pass(MathPrecision math, bool half)
    {
        string folder = Path.Combine(TestRunFolder.Create(), "bundle");
        BundleExporter.Export(
            ReferenceBundles.Options(folder) with
            {
                GoldenPath = ParityFile.Path("tuned"),
                Cuda = true,
                CudaDialect = (new CudaDialect(half, fused: false), "cpu"),
            }
        );
        using Bundle bundle = Bundle.Open(folder);
        ParityReport report = GoldenVerification.Run(
            bundle,
            null,
            new GroundingModelOptions
            {
                Provider = ExecutionProvider.Cpu,
                Math = math,
                Threads = 1,
            },
            null,
            TestContext.Current.CancellationToken
        );
        foreach (TensorParity tensor in report.Tensors)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(
                FormattableString.Invariant($"{tensor.Name}: max abs {tensor.MaxAbsolute:E2}, cosine {tensor.Cosine:F9}")
            );
        }

        Assert.Empty(report.Problems);
        Assert.Equal(ParityFile.TensorCount, report.Tensors.Count);
        Assert.True(report.Passed, string.Join("; ", report.Tensors.Where(tensor => !tensor.Passed).Select(tensor => tensor.Name)));
        Assert.Equal(math, report.Math);
    }
}
