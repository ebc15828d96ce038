using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Workflows.Ground;

namespace CxrOnnx.Workflows.Watch;

/// <summary>What <c>cxr watch</c> is asked to do.</summary>
public sealed record WatchRequest
{
    /// <summary>Root of the archive's DICOMweb service.</summary>
    public required string DicomWeb { get; init; }

    /// <summary><c>user:password</c> for the archive, or null.</summary>
    public string? Credentials { get; init; }

    /// <summary>Folder for the record of what was done, and for the one image that is being worked on.</summary>
    public required string State { get; init; }

    /// <summary>
    /// Folder with reports as text files named after the study (<c>STUDY-INSTANCE-UID.txt</c>), which go before reports in the archive; null:
    /// only reports in the archive are read.
    /// </summary>
    public string? Reports { get; init; }

    /// <summary>Modalities whose images are grounded.</summary>
    public IReadOnlyList<string> Modalities { get; init; } = ["CR", "DX"];

    /// <summary>Date of the studies as DICOM writes a date or a range, or null for all.</summary>
    public string? StudyDate { get; init; }

    /// <summary>What is sent back.</summary>
    public IReadOnlyList<DicomObjectKind> Objects { get; init; } =
    [DicomObjectKind.SecondaryCapture, DicomObjectKind.PresentationState, DicomObjectKind.StructuredReport];

    /// <summary>Bundle folder or file.</summary>
    public required string Bundle { get; init; }

    /// <summary>How each image is grounded: preset, precision, provider, threshold. Image, report and objects are set for each.</summary>
    public required GroundRequest Ground { get; init; }

    /// <summary>How long one request to the archive may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}
