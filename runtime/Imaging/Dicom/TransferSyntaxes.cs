namespace CxrOnnx.Imaging.Dicom;

/// <summary>Names of the transfer syntaxes that radiographs come in.</summary>
internal static class TransferSyntaxes
{
    /// <summary>A readable name, or the identifier itself where it is harmless text.</summary>
    public static string Describe(string syntax) =>
        syntax switch
        {
            DicomParser.ImplicitLittleEndian => "implicit little endian",
            DicomParser.ExplicitLittleEndian => "explicit little endian",
            "1.2.840.10008.1.2.1.99" => "deflated",
            "1.2.840.10008.1.2.2" => "explicit big endian",
            "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" => "JPEG",
            "1.2.840.10008.1.2.4.57" or "1.2.840.10008.1.2.4.70" => "JPEG lossless",
            "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => "JPEG-LS",
            "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91" => "JPEG 2000",
            "1.2.840.10008.1.2.5" => "RLE",
            { Length: <= 64 } when syntax.All(c => char.IsAsciiDigit(c) || c == '.') => syntax,
            _ => "unknown",
        };
}
