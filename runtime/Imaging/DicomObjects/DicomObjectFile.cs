namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>A DICOM object that belongs to a radiograph's study. (A class: printing it shows nothing.)</summary>
public sealed class DicomObjectFile
{
    /// <summary>What it is.</summary>
    public required DicomObjectKind Kind { get; init; }

    /// <summary>The finding it shows, by its place in <see cref="DicomFindings.Findings"/>; null where it holds all of them.</summary>
    public int? Finding { get; init; }

    /// <summary>SOP Class UID.</summary>
    public required string SopClassUid { get; init; }

    /// <summary>SOP Instance UID.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>The file (PS3.10), explicit little endian.</summary>
    public required byte[] Content { get; init; }
}
