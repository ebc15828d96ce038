using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

[Trait("Category", "slow")]
public class MathPrecisionTests
{
    [Theory]
    [InlineData("fp32", MathPrecision.Fp32)]
    [InlineData("tf32", MathPrecision.Tf32)]
    [InlineData("fp16", MathPrecision.Fp16)]
    public void Parse_Name_IsTheInverseOfName(string name, MathPrecision math)
    {
        Assert.Equal(math, MathPrecisions.Parse(name));
        Assert.Equal(name, math.Name());
    }

    [Fact]
    public void Parse_UnknownName_NamesTheKnownOnes() =>
        Assert.Equal("`math` bf16: known are fp32, tf32, fp16", Assert.Throws<InputException>(() => MathPrecisions.Parse("bf16")).Message);

    [Fact]
    public void Load_Tf32OnTheCpu_IsRefusedInOneLine()
    {
        using Bundle bundle = Bundle.Open(TinyBundle.Folder);
        InputException error = Assert.Throws<InputException>(() =>
            GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Math = MathPrecision.Tf32 })
        );
        Assert.StartsWith("`math` tf32: the CPU has no TF32", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_Fp16OfABundleWithoutASetForIt_NamesTheWayToOne()
    {
        using Bundle bundle = Bundle.Open(TinyBundle.Folder);
        InputException error = Assert.Throws<InputException>(() =>
            GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Math = MathPrecision.Fp16 })
        );
        Assert.StartsWith($"`math` fp16: bundle {bundle.Manifest.Id} has no graph set for it", error.Message, StringComparison.Ordinal);
        Assert.Contains("cxr-lab export --cuda", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_SetForThisProviderAndPrecision_IsTaken()
    {
        using GroundingModel half = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        using GroundingModel single = SetBundle.Load(SetBundle.Single, MathPrecision.Fp32);
        Assert.Equal(("fp16", "cuda/weights.safetensors"), (half.GraphSet!.Math, half.GraphSet.WeightFile));
        Assert.Equal(("fp32", "weights.safetensors"), (single.GraphSet!.Math, single.GraphSet.WeightFile));
        half.LoadGraphs();
        single.LoadGraphs();
    }

    [Fact]
    public void Load_Fp16OfASetForAnotherProvider_NamesTheProvider()
    {
        string folder = Path.Combine(TestRunFolder.Create(), "bundle");
        Exporter.BundleExporter.Export(SetBundle.Options(folder) with { Cuda = true });
        using Bundle bundle = Bundle.Open(folder);
        InputException error = Assert.Throws<InputException>(() =>
            GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Math = MathPrecision.Fp16 })
        );
        Assert.StartsWith("`math` fp16: the bundle's graphs for it run on cuda, not on cpu", error.Message, StringComparison.Ordinal);
        using GroundingModel plain = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        Assert.Null(plain.GraphSet);
    }

    [Fact]
    public void Load_SetWithoutAGraph_NamesIt()
    {
        using Bundle bundle = Bundle.Open(SetBundle.Single);
        BundleGraphSet set = bundle.Manifest.GraphSets!["cuda"];
        BundleGraphSet without = set with { Graphs = set.Graphs.Where(graph => graph.Key != "step").ToDictionary() };
        CxrOnnx.Core.Artifacts.ArtifactException error = Assert.Throws<CxrOnnx.Core.Artifacts.ArtifactException>(() =>
            GraphSetSignature.Check(bundle.Manifest, without)
        );
        Assert.Contains("graph step is missing", error.Message, StringComparison.Ordinal);
    }
}
