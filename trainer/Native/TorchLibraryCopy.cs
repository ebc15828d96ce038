using System.Security.Cryptography;

namespace CxrOnnx.Trainer.Native;

/// <summary>Where a patched copy of a native library may lie, and how it gets there.</summary>
public static class TorchLibraryCopy
{
    /// <summary>Whether <paramref name="folder"/> lies in an unpacked NuGet package, which other programs share.</summary>
    public static bool IsPackageCache(string folder)
    {
        for (DirectoryInfo? parent = new(folder); parent is not null; parent = parent.Parent)
        {
            if (File.Exists(Path.Combine(parent.FullName, ".nupkg.metadata")))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A short name for a content, so that copies of different originals do not collide.</summary>
    public static string ContentName(ReadOnlySpan<byte> image) => Convert.ToHexStringLower(SHA256.HashData(image))[..16];

    /// <summary>
    /// Leaves an equal file alone; else writes a temporary sibling and renames it, so that no process ever sees half a library.
    /// </summary>
    public static void WriteIfDifferent(string path, byte[] content)
    {
        if (File.Exists(path) && new FileInfo(path).Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
        {
            return;
        }

        string temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
