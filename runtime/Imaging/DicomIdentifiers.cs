namespace CxrOnnx.Imaging;

/// <summary>
/// Identifiers with which a result can be put beside its image in an archive. They can be traced to a patient by whoever has that archive:
/// write them only where somebody asked for it, and never into a log. (A class, not a record: printing it shows nothing.)
/// </summary>
/// <param name="studyInstanceUid">Study Instance UID, or null.</param>
/// <param name="seriesInstanceUid">Series Instance UID, or null.</param>
/// <param name="sopInstanceUid">SOP Instance UID, or null.</param>
public sealed class DicomIdentifiers(string? studyInstanceUid, string? seriesInstanceUid, string? sopInstanceUid)
{
    /// <summary>Study Instance UID: digits and dots, or null.</summary>
    public string? StudyInstanceUid { get; } = studyInstanceUid;

    /// <summary>Series Instance UID: digits and dots, or null.</summary>
    public string? SeriesInstanceUid { get; } = seriesInstanceUid;

    /// <summary>SOP Instance UID: digits and dots, or null.</summary>
    public string? SopInstanceUid { get; } = sopInstanceUid;
}
