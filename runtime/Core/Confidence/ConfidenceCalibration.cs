using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// A bundle's calibration: how images are asked, what turns the answers into confidences, and what that was learned from. Holds for every
/// preset. The file is <c>confidence.json</c>.
/// </summary>
public sealed record ConfidenceCalibration
{
    /// <summary>The schema this code reads and writes.</summary>
    public const int CurrentSchemaVersion = 2;

    /// <summary>Name of the file in a bundle.</summary>
    public const string FileName = "confidence.json";

    /// <summary>Schema of the file; a reader refuses versions it does not know.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Tool and version that wrote it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>
    /// SHA-256 of the weight file of the bundle that was calibrated: the confidence of one model says nothing of another.
    /// </summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>What it was learned from.</summary>
    public required CalibrationData Data { get; init; }

    /// <summary>The noise that images are asked with.</summary>
    public required NoiseProbe Probe { get; init; }

    /// <summary>
    /// Phrases that every image is asked for too, once, so that a phrase is compared with what others gain on the same image; null where
    /// the model compares with none. Standard prompts with a place.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>Which images the calibration holds for.</summary>
    public required ImageErrorRange ImageError { get; init; }

    /// <summary>What turns the answers into confidences.</summary>
    public required ConfidenceModel Model { get; init; }

    /// <summary>The calibration of a bundle; null where it has none.</summary>
    /// <exception cref="ArtifactException">The file is wrong, or was made for other weights.</exception>
    public static ConfidenceCalibration? Of(Bundle bundle)
    {
        if (!bundle.Contains(FileName))
        {
            return null;
        }

        string path = bundle.PathOf(FileName);
        ConfidenceCalibration calibration = ConfidenceFile.Read(path);
        calibration.CheckWeights(BundleLayout.WeightsOf(bundle.Manifest)?.Sha256, path);
        return calibration;
    }

    /// <summary>Checks that the calibration is for a bundle's weights.</summary>
    /// <param name="sha256">Checksum of the bundle's weight file; null where it has none.</param>
    /// <param name="source">Where the calibration comes from, for the message.</param>
    /// <exception cref="ArtifactException">It is for others.</exception>
    public void CheckWeights(string? sha256, string source)
    {
        if (!string.Equals(sha256, WeightsSha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArtifactException(
                $"{source}: was calibrated for a bundle whose weight file has SHA-256 {WeightsSha256}, this one's has "
                    + $"{sha256 ?? "none"}; calibrate this model with 'cxr-lab calibrate'"
            );
        }
    }
}
