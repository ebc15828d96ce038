using System.Text;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Which character set an object is written in. Names of the patient are carried over byte by byte and so need the set of their file; our
/// own texts are encoded in it too.
/// </summary>
internal static class DicomCharset
{
    /// <summary>UTF-8.</summary>
    public const string Unicode = "ISO_IR 192";

    /// <summary>Latin alphabet No. 1.</summary>
    public const string Latin1 = "ISO_IR 100";

    /// <summary>The set of the objects that belong to a file.</summary>
    /// <param name="declared">SpecificCharacterSet of the file; empty where it declares none.</param>
    /// <param name="carried">The texts that are carried over.</param>
    /// <returns>
    /// The declared one. A file that declares none is ASCII, which is UTF-8 as well; bytes beyond ASCII in such a file are nobody knows
    /// what, and are declared as little as they were.
    /// </returns>
    public static string Of(string declared, IEnumerable<ReadOnlyMemory<byte>> carried) =>
        declared is "" or "ISO_IR 6" && carried.All(text => Ascii.IsValid(text.Span)) ? Unicode : declared;
}
