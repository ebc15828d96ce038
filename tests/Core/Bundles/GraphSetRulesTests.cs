using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Bundles;

[Trait("Category", "quick")]
public sealed class GraphSetRulesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ManifestWithASet_GivesItBack()
    {
        BundleManifest read = WriteAndRead(Set);
        BundleGraphSet set = read.GraphSets!["cuda"];
        Assert.Equal(["cuda"], set.Providers);
        Assert.Equal(("fp16", "weights.bin"), (set.Math, set.WeightFile));
        Assert.Equal("float16", set.Graphs["step"].Inputs[0].DataType);
        Assert.Equal(0.05, set.Tolerances["denoiser"]);
    }

    [Fact]
    public void Read_ManifestOfBefore_HasNoSets()
    {
        BundleManifest manifest = SampleBundle.Create(_folder.Path);
        Assert.DoesNotContain("graph_sets", File.ReadAllText(_folder.File("bundle.json")), StringComparison.Ordinal);
        Assert.Null(manifest.GraphSets);
    }

    [Fact]
    public void Write_WrongSet_NamesEveryProblem()
    {
        BundleGraphSet wrong = new(
            ["npu"],
            "bf16",
            "absent.safetensors",
            new Dictionary<string, BundleGraph> { ["step"] = Set.Graphs["step"] with { File = "absent.onnx" } },
            new Dictionary<string, double> { ["denoiser"] = 0 }
        );
        string message = Assert.Throws<ArtifactException>(() => WriteAndRead(wrong)).Message;
        Assert.Contains("graph_sets.cuda.math: is 'bf16'", message, StringComparison.Ordinal);
        Assert.Contains("graph_sets.cuda.providers: are 'npu'", message, StringComparison.Ordinal);
        Assert.Contains("graph_sets.cuda.weight_file: 'absent.safetensors'", message, StringComparison.Ordinal);
        Assert.Contains("graph_sets.cuda.graphs.step: its file 'absent.onnx'", message, StringComparison.Ordinal);
        Assert.Contains("graph_sets.cuda.tolerances.denoiser: is 0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_TwoSetsForOneProviderAndPrecision_IsRefused()
    {
        string message = Assert.Throws<ArtifactException>(() => WriteAndRead(Set, ("other", Set))).Message;
        Assert.Contains("fp16 on cuda is served by an earlier set already", message, StringComparison.Ordinal);
    }

    private static BundleGraphSet Set =>
        new(
            ["cuda"],
            "fp16",
            "weights.bin",
            new Dictionary<string, BundleGraph>
            {
                ["step"] = new("denoiser.onnx", [new BundleTensor("shifts", "float16", ["steps", "8"])], []),
            },
            new Dictionary<string, double> { ["denoiser"] = 0.05 }
        );

    private BundleManifest WriteAndRead(BundleGraphSet set, params (string Name, BundleGraphSet Set)[] more)
    {
        BundleManifest manifest = SampleBundle.Create(_folder.Path);
        Dictionary<string, BundleGraphSet> sets = new() { ["cuda"] = set };
        foreach ((string name, BundleGraphSet other) in more)
        {
            sets.Add(name, other);
        }

        string path = _folder.File("changed.json");
        BundleManifestFile.Write(path, manifest with { GraphSets = sets });
        return BundleManifestFile.Read(path);
    }
}
