using System.Security.Cryptography;

namespace CxrOnnx.Core.Artifacts;

/// <summary>SHA-256 as it is written in manifests: 64 lower-case hexadecimal digits.</summary>
public static class Sha256
{
    /// <summary>Checksum of a file, read as a stream.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">The file does not exist or cannot be read.</exception>
    public static string OfFile(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            return OfStream(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Checksum of the rest of a stream.</summary>
    public static string OfStream(Stream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));

    /// <summary>Checksum of bytes in memory.</summary>
    public static string OfBytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
