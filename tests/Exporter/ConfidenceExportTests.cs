using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

/// <summary>The calibration of the confidence goes into the bundle of the weights that it was made for, and into no other.</summary>
[Trait("Category", "slow")]
public sealed class ConfidenceExportTests
{
    private readonly TinyModel _model = new();

    [Fact]
    public void Export_Confidence_IsCopiedWhereItIsForTheseWeights()
    {
        string weights = Sha256.OfFile(Path.Combine(BundleExporter.Export(_model.Options).Folder, "weights.safetensors"));
        string path = _model.PathOf("my-confidence.json");
        ConfidenceFile.Write(path, CalibratedBundle.For(weights));

        BundleExportResult result = BundleExporter.Export(_model.Options with { ConfidencePath = path, Force = true });

        Assert.Equal(Sha256.OfFile(path), result.Manifest.Files.Single(file => file.Path == "confidence.json").Sha256);
        using Bundle bundle = Bundle.Open(result.Folder);
        Assert.Equal(weights, ConfidenceCalibration.Of(bundle)!.WeightsSha256);
    }

    [Fact]
    public void Export_ConfidenceOfOtherWeightsOrNone_IsRefused()
    {
        string path = _model.PathOf("other-confidence.json");
        ConfidenceFile.Write(path, CalibratedBundle.For(new string('0', 64)));
        BundleExportRefusalTests.AssertRefused<ArtifactException>(
            "was calibrated for a bundle whose weight file has SHA-256 0000",
            _model.Options with
            {
                ConfidencePath = path,
            }
        );
        File.WriteAllText(path, "{}");
        BundleExportRefusalTests.AssertRefused<ArtifactException>("has no schema_version", _model.Options with { ConfidencePath = path });
        BundleExportRefusalTests.AssertRefused<InputException>(
            "`confidence` nowhere.json: no such file",
            _model.Options with
            {
                ConfidencePath = "nowhere.json",
            }
        );
    }
}
