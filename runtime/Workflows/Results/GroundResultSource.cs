using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Workflows.Results;

/// <summary>What <see cref="GroundResultBuilder"/> needs to know besides the phrases.</summary>
public sealed record GroundResultSource
{
    /// <summary>Tool and version.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>The radiograph, of <see cref="GroundResultBuilder.Image"/>.</summary>
    public required ImageResult Image { get; init; }

    /// <summary>How the radiograph's file was read; null: boxes are given in the upright picture only.</summary>
    public RadiographProvenance? Provenance { get; init; }

    /// <summary>The bundle's manifest.</summary>
    public required BundleManifest Manifest { get; init; }

    /// <summary>Path of the bundle relative to the result; null from the service.</summary>
    public string? BundlePath { get; init; }

    /// <summary>Whether the bundle can tell which phrases an image supports, and was asked to.</summary>
    public required bool Calibrated { get; init; }

    /// <summary>The bundle's preset.</summary>
    public required string Preset { get; init; }

    /// <summary>How the numbers were computed.</summary>
    public required MathPrecision Math { get; init; }

    /// <summary>Why preset and precision are these.</summary>
    public string ChoiceReason { get; init; } = ComputeChoice.Asked;

    /// <summary>The provider as it was asked for.</summary>
    public required string RequestedProvider { get; init; }

    /// <summary>What it ran on.</summary>
    public required ProviderChoice Provider { get; init; }

    /// <summary>Whether the numbers do not depend on what else was computed at the same time.</summary>
    public required bool Deterministic { get; init; }

    /// <summary>
    /// Threads of an operator; 0 = one per physical core. Written where <see cref="Deterministic"/>, which they belong to.
    /// </summary>
    public required int Threads { get; init; }

    /// <summary>A pixel above this belongs to a region.</summary>
    public required double Threshold { get; init; }

    /// <summary>The report that phrases came from, or null.</summary>
    public ReportReading? Report { get; init; }

    /// <summary>SHA-256 over the image's trajectory; null where there was nothing to ground.</summary>
    public required string? TrajectorySha256 { get; init; }

    /// <summary>U-Net evaluations.</summary>
    public required EvaluationsResult Evaluations { get; init; }

    /// <summary>Where the time went.</summary>
    public required TimingsResult Seconds { get; init; }

    /// <summary>What the numbers can be traced back to.</summary>
    public required ProofResult Proof { get; init; }
}
