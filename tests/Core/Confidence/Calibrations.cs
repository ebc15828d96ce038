using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Core.Tests.Confidence;

/// <summary>A calibration to change.</summary>
internal static class Calibrations
{
    public static string Weights { get; } = new('a', 64);

    public static ConfidenceCalibration Sample =>
        new()
        {
            SchemaVersion = ConfidenceCalibration.CurrentSchemaVersion,
            CreatedBy = "cxr-lab 0.0.0",
            WeightsSha256 = Weights,
            Data = new CalibrationData("ms-cxr.csv: 20 images", "as written", 20, 12, 50, 1, 5, 1),
            Probe = new NoiseProbe([290, 470], 1),
            ImageError = new ImageErrorRange(0.05, 0.2),
            Model = Model,
        };

    public static ConfidenceModel Model =>
        new()
        {
            Features =
            [
                new ConfidenceFeature(SupportFeatures.Names[1], Mean: 2, Scale: 0.5, Weight: 1),
                new ConfidenceFeature(SupportFeatures.Names[0], Mean: 1, Scale: 2, Weight: -0.25),
            ],
            Intercept = 0.125,
            Thresholds = new ConfidenceThresholds(0.25, 0.75, "by hand"),
            Figures =
            [
                new ConfidenceFigures(
                    "held-out patients",
                    20,
                    12,
                    50,
                    new AurocFigure(0.8, [0.7, 0.9]),
                    0.2,
                    [new KindFigure("absent", 50, new AurocFigure(0.8, [0.7, 0.9]))],
                    new SamePhraseFigure(30, 0.75),
                    new StateFigures(0.5, 0.1, 0.2, 0.6),
                    0,
                    null,
                    [new ReliabilityBin(0.1, 0.2, 3, 0.15, 0.2)]
                ),
            ],
        };
}
