namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Writes results as DICOM objects of the source image's study: the same patient, the same study, series of their own, and references to
/// the image. All are explicit little endian.
/// </summary>
/// <remarks>Thread-safe. The same findings give the same bytes.</remarks>
public static class DicomObjectWriter
{
    /// <summary>Writes the objects of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="findings">The result.</param>
    /// <returns>
    /// One or more; none where there is nothing for the kind to show: no phrase was grounded, or for a segmentation none has a region.
    /// </returns>
    /// <exception cref="Core.InputException">The kind cannot be made of this image.</exception>
    public static IReadOnlyList<DicomObjectFile> Write(DicomObjectKind kind, DicomFindings findings) =>
        kind switch
        {
            DicomObjectKind.SecondaryCapture => [.. SecondaryCapture.Write(findings)],
            DicomObjectKind.PresentationState => [PresentationState.Write(findings)],
            DicomObjectKind.Segmentation => Segmentation.Write(findings) is { } one ? [one] : [],
            DicomObjectKind.ParametricMap => [.. ParametricMap.Write(findings)],
            DicomObjectKind.StructuredReport => [StructuredReport.Write(findings)],
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
}
