using System.Security.Cryptography;
using System.Text;

namespace CxrOnnx.Checkpoints;

/// <summary>A checkpoint, with the state dict in it that is wanted: <c>FILE#KEY</c>, or the path alone.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Key">Where the state dict lies in it, names separated by dots, or null to let the file decide.</param>
public sealed record CheckpointPath(string File, string? Key)
{
    /// <summary>Reads one. A path that exists as it stands is a path, whatever is in it.</summary>
    /// <param name="text">The path.</param>
    public static CheckpointPath Parse(string text)
    {
        int sign = text.LastIndexOf('#');
        return sign > 0 && sign < text.Length - 1 && !System.IO.File.Exists(text)
            ? new CheckpointPath(text[..sign], text[(sign + 1)..])
            : new CheckpointPath(text, null);
    }

    /// <summary>SHA-256 of what the path means: of the file, and of the key if there is one.</summary>
    public string Sha256()
    {
        string file = Core.Artifacts.Sha256.OfFile(File);
        return Key is null ? file : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{file}#{Key}")));
    }
}
