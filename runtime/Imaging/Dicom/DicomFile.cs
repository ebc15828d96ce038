namespace CxrOnnx.Imaging.Dicom;

/// <summary>What the parser found.</summary>
/// <param name="TransferSyntax">Identifier that the file declares, or that of the form it is written in when it declares none.</param>
/// <param name="Dataset">The kept attributes; null where the syntax (big endian) has to be converted first.</param>
/// <param name="Remarks">What was odd and how it was read, one sentence each.</param>
internal sealed record DicomFile(string TransferSyntax, DicomDataset? Dataset, IReadOnlyList<string> Remarks)
{
    /// <summary>PhotometricInterpretation before decompression.</summary>
    public string OriginalPhotometric { get; init; } = "";

    /// <summary>Whether the samples lie in the data set as they are, in little endian.</summary>
    public bool IsNative => Dataset is { Encapsulated: false } && TransferSyntaxes.IsNative(TransferSyntax);
}
