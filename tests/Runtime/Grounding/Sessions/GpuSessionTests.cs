using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

/// <summary>The shipped bundle on a GPU; skipped with the reason where there is none.</summary>
[Trait("Category", "gpu")]
public sealed class GpuSessionTests
{
    [Fact]
    public void Load_ShippedBundle_OpensEveryGraphOnCuda()
    {
        string bundlePath = RequireGpu();
        using Bundle bundle = Bundle.Open(bundlePath);
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cuda });
        model.LoadGraphs();
        Assert.Equal(ExecutionProvider.Cuda, model.Provider.Taken);
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("tf32")]
    public async Task Verify_ShippedBundleOnCuda_GoldenCasesPass(string math)
    {
        string bundlePath = RequireGpu();
        CliRun run = await CliTest.Run("verify", bundlePath, "--provider", "cuda", "--math", math);
        Assert.True(run.Code == 0, run.Output + run.Error);
    }

    private static string RequireGpu()
    {
        ProviderStatus cuda = ExecutionProviders.Examine().Single(status => status.Provider == ExecutionProvider.Cuda);
        Assert.SkipUnless(cuda.Usable, $"no GPU provider: {cuda.Detail}");
        return BundleLocator.Find(null);
    }
}
