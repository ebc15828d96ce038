using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Tests;

/// <summary>
/// Puts a calibration into a bundle whose weights are random numbers: it gives every phrase the probability 0.5, so that the thresholds
/// alone decide what is said of it.
/// </summary>
internal static class CalibratedBundle
{
    /// <summary>Thresholds that call every phrase this.</summary>
    public static (double NoRegion, double Supported) ThresholdsFor(RegionSupport region) =>
        region switch
        {
            RegionSupport.Supported => (0.1, 0.2),
            RegionSupport.LowConfidence => (0.1, 0.9),
            _ => (0.8, 0.9),
        };

    /// <summary>Calibrates a bundle and lists the new file in its manifest.</summary>
    /// <param name="folder">The bundle.</param>
    /// <param name="region">What to say of every phrase.</param>
    /// <param name="change">Changes the calibration before it is written.</param>
    public static string Calibrate(string folder, RegionSupport region, Func<ConfidenceCalibration, ConfidenceCalibration>? change = null)
    {
        string path = Path.Combine(folder, BundleManifestFile.FileName);
        BundleManifest manifest = BundleManifestFile.Read(path);
        (double noRegion, double supported) = ThresholdsFor(region);
        ConfidenceCalibration calibration = For(Sha256.OfFile(Path.Combine(folder, BundleLayout.WeightFile)), noRegion, supported);
        ConfidenceFile.Write(Path.Combine(folder, ConfidenceCalibration.FileName), change?.Invoke(calibration) ?? calibration);
        File.Delete(path);
        BundleManifestFile.Seal(folder, manifest);
        return folder;
    }

    /// <summary>A calibration that gives every phrase the probability 0.5.</summary>
    /// <param name="weightsSha256">SHA-256 of the weight file that it is for, hexadecimal.</param>
    /// <param name="noRegion">Threshold below which a phrase has no region.</param>
    /// <param name="supported">Threshold from which a phrase is supported.</param>
    public static ConfidenceCalibration For(string weightsSha256, double noRegion = 0.2, double supported = 0.8) =>
        new()
        {
            SchemaVersion = ConfidenceCalibration.CurrentSchemaVersion,
            CreatedBy = "test",
            WeightsSha256 = weightsSha256,
            Data = new CalibrationData("none", "by hand", 1, 1, 1, 1, 5, 1),
            Probe = new NoiseProbe([400], 1),
            ImageError = new ImageErrorRange(1, 1e6),
            Model = new ConfidenceModel
            {
                Features = [new ConfidenceFeature(SupportFeatures.Names[0], 0, 1, 0)],
                Intercept = 0,
                Thresholds = new ConfidenceThresholds(noRegion, supported, "by hand"),
                Figures =
                [
                    new ConfidenceFigures(
                        "by hand",
                        1,
                        1,
                        1,
                        new AurocFigure(0.5, [0, 1]),
                        0.25,
                        [],
                        new SamePhraseFigure(0, null),
                        new StateFigures(0, 0, 0, 0),
                        0,
                        null,
                        []
                    ),
                ],
            },
        };
}
