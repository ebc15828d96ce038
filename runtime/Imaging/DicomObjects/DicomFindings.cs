using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>Everything that DICOM objects of one result are made of.</summary>
public sealed class DicomFindings
{
    /// <summary>What every object says of itself: that its content is no diagnosis.</summary>
    public const string Disclaimer = "RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE";

    /// <summary>The file of the radiograph.</summary>
    public required DicomSource Source { get; init; }

    /// <summary>How the file became the picture that was grounded.</summary>
    public required RadiographProvenance Provenance { get; init; }

    /// <summary>The frame that was read, from 1; null where the file has one.</summary>
    public int? Frame { get; init; }

    /// <summary>The phrases, in the order in which they were asked for.</summary>
    public required IReadOnlyList<DicomFinding> Findings { get; init; }

    /// <summary>What the report denies, one line each.</summary>
    public IReadOnlyList<string> Denied { get; init; } = [];

    /// <summary>What a reader has to know of image and report, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Identifier of the bundle.</summary>
    public required string BundleId { get; init; }

    /// <summary>Preset and precision.</summary>
    public required string Settings { get; init; }

    /// <summary>Strength from which on a pixel belongs to a region.</summary>
    public required double Threshold { get; init; }

    /// <summary>Version of the program.</summary>
    public required string SoftwareVersion { get; init; }

    /// <summary>When the objects are made: the one thing in them that does not follow from the inputs.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The stored grid.</summary>
    internal StoredGrid Grid => StoredGrid.Of(Provenance);
}
