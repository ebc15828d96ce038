using System.Text;

namespace CxrOnnx.Workflows.DicomWeb;

/// <summary>multipart/related bodies (RFC 2387) of DICOM files.</summary>
internal static class MultipartRelated
{
    /// <summary>Cuts the first part out of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="boundary">The boundary that the header names.</param>
    /// <returns>The part's content; null where the body is not of that form.</returns>
    public static byte[]? FirstPart(ReadOnlySpan<byte> body, string boundary)
    {
        ReadOnlySpan<byte> mark = Encoding.ASCII.GetBytes($"--{boundary}");
        int start = body.IndexOf(mark);
        if (start < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = body[(start + mark.Length)..];
        int head = rest.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return null;
        }

        rest = rest[(head + 4)..];
        int end = rest.IndexOf(Encoding.ASCII.GetBytes($"\r\n--{boundary}"));
        return end < 0 ? null : rest[..end].ToArray();
    }

    /// <summary>A body with several files.</summary>
    public static byte[] Join(IEnumerable<byte[]> files, string boundary)
    {
        using MemoryStream body = new();
        foreach (byte[] file in files)
        {
            body.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"));
            body.Write(file);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return body.ToArray();
    }

    /// <summary>A boundary that none of the files holds: derived from them, so that the same files make the same body.</summary>
    public static string Boundary(IEnumerable<byte[]> files)
    {
        using System.Security.Cryptography.IncrementalHash hash = System.Security.Cryptography.IncrementalHash.CreateHash(
            System.Security.Cryptography.HashAlgorithmName.SHA256
        );
        foreach (byte[] file in files)
        {
            hash.AppendData(file);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
