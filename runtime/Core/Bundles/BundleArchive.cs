using System.IO.Compression;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Bundles;

/// <summary>Zipped bundles (<c>.cxrb</c>): the files of the folder, stored without compression, the manifest first.</summary>
public static class BundleArchive
{
    // Weights hardly compress; stored entries keep packing fast and the bytes independent of the compressor's version.
    private const CompressionLevel Level = CompressionLevel.NoCompression;
    private const int RegularFileMode = 0b1_000_000_110_100_100 << 16;
    private const int FileTypeMask = 0xF000;
    private const int LinkType = 0xA000;
    private const long MaxManifestLength = 1 << 26;

    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Zips a bundle, after checking it; the same bundle gives the same bytes. Files that the manifest does not list are left out.
    /// </summary>
    /// <param name="folder">The bundle's folder.</param>
    /// <param name="file">The archive; replaced if it exists.</param>
    /// <exception cref="ArtifactException">The bundle is damaged.</exception>
    /// <exception cref="InputException">The archive cannot be written.</exception>
    public static void Pack(string folder, string file)
    {
        using Bundle bundle = Bundle.Open(folder);
        AtomicFile.Write(
            file,
            stream =>
            {
                using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
                Add(zip, BundleManifestFile.FileName, Path.Combine(bundle.Folder, BundleManifestFile.FileName));
                foreach (BundleFile entry in bundle.Manifest.Files.OrderBy(entry => entry.Path, StringComparer.Ordinal))
                {
                    Add(zip, entry.Path, bundle.PathOf(entry.Path));
                }
            }
        );
    }

    /// <summary>Unpacks the manifest and the files it lists, never more than their sizes, never outside the folder.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="folder">An empty folder.</param>
    /// <exception cref="ArtifactException">The archive is damaged, or holds what does not belong there.</exception>
    internal static void Unpack(string file, string folder)
    {
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(file);
            Dictionary<string, ZipArchiveEntry> entries = Entries(zip, file);
            if (!entries.Remove(BundleManifestFile.FileName, out ZipArchiveEntry? manifestEntry))
            {
                throw new ArtifactException($"{file}: has no {BundleManifestFile.FileName}; it is not a bundle");
            }

            string manifestPath = Path.Combine(folder, BundleManifestFile.FileName);
            Extract(manifestEntry, manifestPath, Math.Min(manifestEntry.Length, MaxManifestLength), file);
            foreach (BundleFile listed in BundleManifestFile.Read(manifestPath).Files)
            {
                // A listed file that is not there is reported, with all others, when the folder is opened.
                if (entries.Remove(listed.Path, out ZipArchiveEntry? entry))
                {
                    Extract(entry, Path.Combine(folder, listed.Path), listed.Size, file);
                }
            }

            if (entries.Count > 0)
            {
                throw new ArtifactException(
                    $"{file}: holds '{entries.Keys.First()}', which the manifest does not list; pack the bundle again"
                );
            }
        }
        catch (Exception exception)
            when (exception is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ArtifactException($"{file}: cannot be unpacked: {exception.Message}", exception);
        }
    }

    private static Dictionary<string, ZipArchiveEntry> Entries(ZipArchive zip, string file)
    {
        Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            // Tools that zip folders add entries for the folders themselves.
            string name = entry.Length == 0 && entry.FullName.EndsWith('/') ? entry.FullName.TrimEnd('/') : entry.FullName;
            if (BundlePath.Problem(name) is { } problem)
            {
                throw new ArtifactException($"{file}: entry '{name}' {problem}; refusing to unpack");
            }

            if (((entry.ExternalAttributes >> 16) & FileTypeMask) == LinkType)
            {
                throw new ArtifactException($"{file}: entry '{name}' is a link; refusing to unpack");
            }

            if (name == entry.FullName && !entries.TryAdd(name, entry))
            {
                throw new ArtifactException($"{file}: entry '{name}' is there twice");
            }
        }

        return entries;
    }

    private static void Extract(ZipArchiveEntry entry, string path, long size, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Stream source = entry.Open();
        using FileStream target = new(path, FileMode.CreateNew, FileAccess.Write);
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int count = source.Read(buffer); count > 0; count = source.Read(buffer))
        {
            total += count;
            if (total > size)
            {
                throw new ArtifactException($"{file}: entry '{entry.FullName}' unpacks to more than the {size} bytes the manifest says");
            }

            target.Write(buffer, 0, count);
        }
    }

    private static void Add(ZipArchive zip, string name, string path)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, Level);
        entry.LastWriteTime = Timestamp;
        entry.ExternalAttributes = RegularFileMode;
        using FileStream source = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using Stream target = entry.Open();
        source.CopyTo(target);
    }
}
