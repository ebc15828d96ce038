namespace CxrOnnx.Imaging;

/// <summary>
/// How a file became a <see cref="Radiograph"/>. Carries no text of the file except <see cref="Identifiers"/>, which printing hides.
/// </summary>
public sealed record RadiographProvenance
{
    /// <summary>The format that the content has.</summary>
    public required RadiographFormat Format { get; init; }

    /// <summary>Columns as stored, before the orientation was applied.</summary>
    public required int StoredWidth { get; init; }

    /// <summary>Rows as stored, before the orientation was applied.</summary>
    public required int StoredHeight { get; init; }

    /// <summary>Bits per sample that are used (DICOM: bits stored).</summary>
    public required int Bits { get; init; }

    /// <summary>
    /// What the samples are: <c>gray</c>, <c>gray+alpha</c>, <c>rgb</c>, <c>rgb+alpha</c>, <c>ycbcr</c> (the brightness was taken), or
    /// DICOM's photometric interpretation.
    /// </summary>
    public required string Samples { get; init; }

    /// <summary>What made the picture upright. Boxes and heatmaps are in the pixels of the upright picture.</summary>
    public required ImageOrientation Orientation { get; init; }

    /// <summary>The grayscale pipeline of a DICOM file; null for the other formats.</summary>
    public DicomRendering? Dicom { get; init; }

    /// <summary>Spacing of a DICOM file's stored pixels at the detector (ImagerPixelSpacing); null where it is unknown or 0.</summary>
    public PixelSpacing? ImagerPixelSpacing { get; init; }

    /// <summary>Calibrated spacing of a DICOM file's stored pixels in the patient (PixelSpacing); null where it is unknown or 0.</summary>
    public PixelSpacing? PixelSpacing { get; init; }

    /// <summary>A DICOM file's identifiers, which must not be logged; null for the other formats.</summary>
    public DicomIdentifiers? Identifiers { get; init; }

    /// <summary>Things a reader of the result should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
