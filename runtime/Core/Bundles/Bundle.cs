using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Bundles;

/// <summary>
/// An opened bundle: its manifest, and its files, all of which are there with the right sizes (and checksums, unless that was declined).
/// A zipped bundle is unpacked into a private temporary folder that disposing removes. Thread-safe.
/// </summary>
public sealed class Bundle : IDisposable
{
    private readonly bool _ownsFolder;
    private readonly Dictionary<string, string> _paths;

    private Bundle(string folder, bool ownsFolder, BundleManifest manifest, Dictionary<string, string> paths)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        Manifest = manifest;
        ManifestSha256 = Sha256.OfFile(Path.Combine(folder, BundleManifestFile.FileName));
        _paths = paths;
    }

    /// <summary>The manifest.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>SHA-256 of <c>bundle.json</c>, which holds the checksum of every other file: the bundle's digest.</summary>
    public string ManifestSha256 { get; }

    /// <summary>Absolute path of the folder that holds the files.</summary>
    public string Folder { get; }

    /// <summary>Opens a bundle and checks all its files.</summary>
    /// <param name="folderOrCxrb">A folder with <c>bundle.json</c>, or the same zipped (<c>.cxrb</c>).</param>
    /// <param name="verifyChecksums">Whether file contents are compared with the manifest; existence and sizes always are.</param>
    /// <exception cref="ArtifactException">
    /// There is no bundle, or a file is missing, changed, or leaves the folder; the message names it.
    /// </exception>
    public static Bundle Open(string folderOrCxrb, bool verifyChecksums = true)
    {
        if (Directory.Exists(folderOrCxrb))
        {
            return OpenFolder(Path.GetFullPath(folderOrCxrb), folderOrCxrb, ownsFolder: false, verifyChecksums);
        }

        if (!File.Exists(folderOrCxrb))
        {
            throw new ArtifactException($"{folderOrCxrb}: no such bundle (a folder with {BundleManifestFile.FileName}, or a .cxrb file)");
        }

        string folder = Directory.CreateTempSubdirectory("cxronnx-bundle-").FullName;
        try
        {
            BundleArchive.Unpack(folderOrCxrb, folder);
            return OpenFolder(folder, folderOrCxrb, ownsFolder: true, verifyChecksums);
        }
        catch
        {
            Delete(folder);
            throw;
        }
    }

    /// <summary>Whether the bundle has a file, or a folder with files, of this path.</summary>
    public bool Contains(string file) =>
        _paths.ContainsKey(file) || _paths.Keys.Any(path => path.StartsWith($"{file.TrimEnd('/')}/", StringComparison.Ordinal));

    /// <summary>Absolute path of a file (or folder) of the bundle.</summary>
    /// <param name="file">Path as the manifest writes it.</param>
    /// <exception cref="ArtifactException">The manifest does not list it.</exception>
    public string PathOf(string file)
    {
        if (_paths.TryGetValue(file, out string? path))
        {
            return path;
        }

        return Contains(file) ? Path.Combine(Folder, file) : throw new ArtifactException($"{Folder}: the bundle has no '{file}'");
    }

    /// <summary>Removes the temporary folder of a zipped bundle; files of it must not be in use any more.</summary>
    public void Dispose()
    {
        if (_ownsFolder)
        {
            Delete(Folder);
        }
    }

    private static Bundle OpenFolder(string folder, string source, bool ownsFolder, bool verifyChecksums)
    {
        string manifestPath = Path.Combine(folder, BundleManifestFile.FileName);
        if (!File.Exists(manifestPath))
        {
            throw new ArtifactException($"{source}: has no {BundleManifestFile.FileName}; it is not a bundle");
        }

        BundleManifest manifest = BundleManifestFile.Read(manifestPath);
        Dictionary<string, string> paths = new(StringComparer.Ordinal);
        List<string> problems = [];
        foreach (BundleFile file in manifest.Files)
        {
            if (Check(folder, file, verifyChecksums, out string path) is { } problem)
            {
                problems.Add($"{file.Path}: {problem}");
            }

            paths.Add(file.Path, path);
        }

        return problems.Count == 0
            ? new Bundle(folder, ownsFolder, manifest, paths)
            : throw new ArtifactException($"{source}: {string.Join("; ", problems)}; copy or export the bundle again");
    }

    private static string? Check(string folder, BundleFile file, bool verifyChecksum, out string path)
    {
        path = Path.Combine(folder, file.Path);
        if (BundlePath.Resolve(folder, file.Path) is not { } resolved)
        {
            return "is a link that leaves the bundle's folder";
        }

        path = resolved;
        FileInfo info = new(resolved);
        if (!info.Exists)
        {
            return "is missing";
        }

        if (info.Length != file.Size)
        {
            return $"has {info.Length} bytes, the manifest says {file.Size}";
        }

        if (verifyChecksum && Sha256.OfFile(resolved) is var checksum && checksum != file.Sha256)
        {
            return $"has SHA-256 {checksum}, the manifest says {file.Sha256}";
        }

        return null;
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A file may still be mapped (on Windows); the operating system clears its temporary folder.
        }
    }
}
