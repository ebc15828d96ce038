namespace CxrOnnx.Imaging.Dicom;

/// <summary>Identifiers and names of the transfer syntaxes that radiographs come in (PS3.5 chapter 10, PS3.6 annex A).</summary>
internal static class TransferSyntaxes
{
    /// <summary>Implicit little endian, uncompressed.</summary>
    public const string ImplicitLittleEndian = "1.2.840.10008.1.2";

    /// <summary>Explicit little endian, uncompressed.</summary>
    public const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    /// <summary>Explicit little endian, the data set as one deflate stream.</summary>
    public const string Deflated = "1.2.840.10008.1.2.1.99";

    /// <summary>Explicit big endian, uncompressed.</summary>
    public const string ExplicitBigEndian = "1.2.840.10008.1.2.2";

    /// <summary>Implicit little endian whose pixel data alone are big endian.</summary>
    public const string PrivateGe = "1.2.840.113619.5.2";

    /// <summary>JPEG with 8 bits.</summary>
    public const string JpegBaseline = "1.2.840.10008.1.2.4.50";

    /// <summary>JPEG with 12 bits.</summary>
    public const string JpegExtended = "1.2.840.10008.1.2.4.51";

    /// <summary>JPEG lossless, first predictor.</summary>
    public const string JpegLossless = "1.2.840.10008.1.2.4.70";

    /// <summary>JPEG-LS lossless.</summary>
    public const string JpegLs = "1.2.840.10008.1.2.4.80";

    /// <summary>JPEG 2000 lossless.</summary>
    public const string Jpeg2000 = "1.2.840.10008.1.2.4.90";

    private const string StandardRoot = "1.2.840.10008.1.2";
    private const int LongestIdentifier = 64;

    /// <summary>Whether samples in this syntax can be taken from the data set as they are.</summary>
    public static bool IsNative(string syntax) => syntax is ImplicitLittleEndian or ExplicitLittleEndian or Deflated;

    /// <summary>Whether the syntax is one of the standard's compressed ones, whose pixel data lie in fragments.</summary>
    public static bool IsCompressed(string syntax) =>
        syntax.StartsWith(StandardRoot + ".4.", StringComparison.Ordinal) || syntax == "1.2.840.10008.1.2.5";

    /// <summary>Whether the text is an identifier: digits and dots.</summary>
    public static bool IsIdentifier(string text) =>
        text.Length is > 0 and <= LongestIdentifier && text.All(c => char.IsAsciiDigit(c) || c == '.');

    /// <summary>A readable name, or the identifier itself where it is harmless text.</summary>
    public static string Describe(string syntax) => syntax switch
    {
        "" => "none",
        ImplicitLittleEndian => "implicit little endian",
        ExplicitLittleEndian => "explicit little endian",
        "1.2.840.10008.1.2.1.98" => "encapsulated uncompressed explicit little endian",
        Deflated => "deflated",
        ExplicitBigEndian => "explicit big endian",
        JpegBaseline or JpegExtended => "JPEG",
        "1.2.840.10008.1.2.4.57" or JpegLossless => "JPEG lossless",
        JpegLs or "1.2.840.10008.1.2.4.81" => "JPEG-LS",
        Jpeg2000 or "1.2.840.10008.1.2.4.91" => "JPEG 2000",
        "1.2.840.10008.1.2.4.201" or "1.2.840.10008.1.2.4.202" or "1.2.840.10008.1.2.4.203" => "high-throughput JPEG 2000",
        "1.2.840.10008.1.2.4.110" or "1.2.840.10008.1.2.4.111" or "1.2.840.10008.1.2.4.112" => "JPEG XL",
        "1.2.840.10008.1.2.5" => "RLE",
        PrivateGe => $"{PrivateGe}, private to GE: implicit little endian with big-endian pixels",
        _ when !IsIdentifier(syntax) => "unknown",
        _ when syntax.StartsWith(StandardRoot, StringComparison.Ordinal) => syntax,
        _ => $"{syntax}, a private one",
    };
}
