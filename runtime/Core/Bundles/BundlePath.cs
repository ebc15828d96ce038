namespace CxrOnnx.Core.Bundles;

/// <summary>Paths inside a bundle: relative, forward slashes, and never out of the folder, neither by name nor through links.</summary>
internal static class BundlePath
{
    private const int MaxLength = 1024;
    private const int MaxLinks = 40;

    /// <summary>What is wrong with a path, or null if it may be used.</summary>
    public static string? Problem(string path)
    {
        if (path.Length is 0 or > MaxLength)
        {
            return $"has {path.Length} characters, 1 to {MaxLength} are possible";
        }

        if (path.Any(letter => letter is '\\' or ':' || char.IsControl(letter)))
        {
            return "holds a backslash, a colon or a control character";
        }

        return path.StartsWith('/') || path.Split('/').Any(part => part is "" or "." or "..")
            ? "leaves the bundle's folder or is not in its simplest form"
            : null;
    }

    /// <summary>
    /// The absolute path of a file or folder of the bundle, with all links followed; null if that leads out of the folder.
    /// </summary>
    /// <param name="folder">The bundle's folder.</param>
    /// <param name="path">A path without <see cref="Problem"/>.</param>
    public static string? Resolve(string folder, string path)
    {
        string realFolder = RealPath(Path.GetFullPath(folder));
        string realPath = RealPath(Path.Combine(Path.GetFullPath(folder), path));
        return realPath.StartsWith(realFolder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? realPath
            : null;
    }

    /// <summary>Follows the links in every part of an absolute path; parts that do not exist stay as they are.</summary>
    private static string RealPath(string path)
    {
        string current = Path.GetPathRoot(path)!;
        Queue<string> rest = new(Parts(path, current));
        for (int links = 0; rest.TryDequeue(out string? part); )
        {
            string next = Path.GetFullPath(Path.Combine(current, part));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                return Path.GetPathRoot(path)!;
            }

            string absolute = Path.GetFullPath(Path.Combine(current, target));
            current = Path.GetPathRoot(absolute)!;
            rest = new(Parts(absolute, current).Concat(rest));
        }

        return current;
    }

    private static string[] Parts(string path, string root) =>
        path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
