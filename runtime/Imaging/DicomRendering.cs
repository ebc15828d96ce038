namespace CxrOnnx.Imaging;

/// <summary>The branches of the DICOM grayscale pipeline that were taken (PS3.3 C.11 and C.7.6.3.1.2).</summary>
/// <param name="TransferSyntax">Transfer syntax of the file.</param>
/// <param name="DecompressedBy"><c>gdcmconv</c>, or null when the file was uncompressed.</param>
/// <param name="Modality"><c>identity</c>, <c>rescale slope S intercept I</c> or <c>modality LUT</c>.</param>
/// <param name="Voi"><c>VOI LUT</c>, <c>window C/W FUNCTION</c> or <c>percentiles LOW..HIGH</c>.</param>
/// <param name="Inverted">Whether the gray values were turned round at the end: MONOCHROME1, or a raw image whose bone is dark.</param>
public sealed record DicomRendering(string TransferSyntax, string? DecompressedBy, string Modality, string Voi, bool Inverted);
