namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// The data set is not written as the standard wants it, though nothing is missing: another reader may still understand the file.
/// </summary>
/// <param name="what">What is wrong and where; no text of the file.</param>
internal sealed class DicomFormException(string what) : Exception(what);
