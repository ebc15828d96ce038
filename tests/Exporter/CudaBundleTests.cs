using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Quantization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

[Trait("Category", "slow")]
public class CudaBundleTests
{
    [Theory]
    [InlineData("fp32")]
    [InlineData("fp16")]
    public void Add_BundleWithoutSets_GivesWhatExportGives(string precision)
    {
        TinyModel model = new();
        string plain = BundleExporter.Export(model.Options with { Precision = precision }).Folder;
        string want = BundleExporter
            .Export(model.Options with { Precision = precision, Cuda = true, OutputPath = model.PathOf("with") })
            .Folder;
        string got = CudaBundle.Add(plain, model.PathOf("added")).Folder;
        string[] files =
        [
            .. Directory.EnumerateFiles(want, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(want, path)),
        ];
        Assert.Contains(Path.Combine("cuda", "unet_step.onnx"), files);
        Assert.Equal(
            files.Order(StringComparer.Ordinal),
            Directory
                .EnumerateFiles(got, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(got, path))
                .Order(StringComparer.Ordinal)
        );
        if (precision == "fp32")
        {
            // Of half precision, the weights were rounded once before.
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(want, "cuda", "weights.safetensors")),
                File.ReadAllBytes(Path.Combine(got, "cuda", "weights.safetensors"))
            );
        }

        Assert.Equal(
            File.ReadAllBytes(Path.Combine(plain, "weights.safetensors")),
            File.ReadAllBytes(Path.Combine(got, "weights.safetensors"))
        );
        Assert.Equal(["cuda", "cuda_fp32", "cuda_tf32"], BundleManifestFile.Read(Path.Combine(got, "bundle.json")).GraphSets!.Keys);
        // Once more changes nothing: the sets of before are replaced.
        Assert.Equal(
            BundleManifestFile.Read(Path.Combine(got, "bundle.json")).Files.Count,
            CudaBundle.Add(got, model.PathOf("again")).Manifest.Files.Count
        );
    }

    [Fact]
    public void Add_ShippedBundle_OpensWithItsSets()
    {
        string folder = Path.Combine(TestRunFolder.Create(), "bundle");
        BundleExportResult result = CudaBundle.Add(Path.Combine(Fixtures.Repository, "models", "cxr-phantom"), folder);

        // The shipped bundle is certified; the one with more graphs is another.
        using (Bundle opened = Bundle.Open(folder))
        {
            Assert.Null(BundleCertificateFile.Read(opened));
        }

        Assert.Contains("'cxr bench --certify'", Assert.Single(result.Notes), StringComparison.Ordinal);
        using Bundle bundle = Bundle.Open(folder);
        Assert.Equal(result.Manifest.Id, bundle.Manifest.Id);
        using OrtGraph keys = new(bundle.PathOf(bundle.Manifest.GraphSets!["cuda"].Graphs["prompt_keys"].File));
        using OrtGraph step = new(bundle.PathOf(bundle.Manifest.GraphSets["cuda_fp32"].Graphs["step"].File));
    }

    [Fact]
    public void Export_CudaOfInt8_IsRefused()
    {
        InputException error = Assert.Throws<InputException>(() =>
            BundleExporter.Export(
                new TinyModel().Options with
                {
                    Precision = "int8",
                    Cuda = true,
                    Quantization = new QuantizationPlan { Layers = new Dictionary<string, LayerRanges>() },
                }
            )
        );
        Assert.StartsWith("`cuda`: not with int8", error.Message, StringComparison.Ordinal);
    }
}
