namespace CxrOnnx.Core.Confidence;

/// <summary>What a calibration was learned from.</summary>
/// <param name="Description">The images, one line.</param>
/// <param name="Definition">When a phrase counts as supported and as unsupported.</param>
/// <param name="Images">Number of images; each is a patient.</param>
/// <param name="Supported">Number of supported phrases.</param>
/// <param name="Unsupported">Number of unsupported phrases.</param>
/// <param name="Seed">Seed of the choice of unsupported phrases, of the folds and of the bootstrap.</param>
/// <param name="Folds">Folds of the cross-validation; no image is in two.</param>
/// <param name="Ridge">Ridge penalty of the fit.</param>
public sealed record CalibrationData(
    string Description,
    string Definition,
    int Images,
    int Supported,
    int Unsupported,
    ulong Seed,
    int Folds,
    double Ridge
);
