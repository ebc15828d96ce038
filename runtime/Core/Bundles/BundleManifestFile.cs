using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Bundles;

/// <summary>Reads, writes and completes <c>bundle.json</c>.</summary>
public static class BundleManifestFile
{
    /// <summary>Name of the manifest in a bundle.</summary>
    public const string FileName = "bundle.json";

    private const int MaxLength = 1 << 26;
    private const int IdLength = 16;

    /// <summary>Reads and checks a manifest; the files it lists are not looked at (see <see cref="Bundle.Open"/>).</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="ArtifactException">It is missing, damaged, of an unknown schema version, or contradicts itself.</exception>
    public static BundleManifest Read(string path)
    {
        string json;
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
            {
                throw new ArtifactException($"{path}: no such file");
            }

            if (file.Length > MaxLength)
            {
                throw new ArtifactException($"{path}: has {file.Length} bytes, a manifest has at most {MaxLength}");
            }

            json = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"{path}: cannot be read: {exception.Message}", exception);
        }

        return Parse(json, path);
    }

    /// <summary>Parses and checks a manifest.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ArtifactException">It is damaged, of an unknown schema version, or contradicts itself.</exception>
    public static BundleManifest Parse(string json, string source)
    {
        BundleManifest manifest = BundleManifestJson.Parse(json, source);
        Check(manifest, source);
        return manifest;
    }

    /// <summary>Writes a manifest (temporary sibling, then rename); the same manifest gives the same bytes.</summary>
    /// <exception cref="ArtifactException">The manifest contradicts itself.</exception>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, BundleManifest manifest)
    {
        Check(manifest, path);
        AtomicFile.WriteText(path, BundleManifestJson.Write(manifest));
    }

    /// <summary>
    /// Completes a bundle: lists every file of the folder with size and checksum, derives the id, and writes the manifest.
    /// </summary>
    /// <param name="folder">The bundle's folder with everything but <c>bundle.json</c> in it.</param>
    /// <param name="draft">The manifest; its <see cref="BundleManifest.Files"/> and <see cref="BundleManifest.Id"/> are replaced.</param>
    /// <returns>The manifest as written.</returns>
    /// <exception cref="ArtifactException">The manifest contradicts itself, or a file cannot be part of a bundle.</exception>
    /// <exception cref="InputException">The manifest cannot be written.</exception>
    public static BundleManifest Seal(string folder, BundleManifest draft)
    {
        List<BundleFile> files = [];
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (name == FileName)
            {
                continue;
            }

            if (BundlePath.Problem(name) is { } problem)
            {
                throw new ArtifactException($"{folder}: file '{name}' {problem}; rename or remove it");
            }

            if (BundlePath.Resolve(folder, name) is not { } resolved)
            {
                throw new ArtifactException($"{folder}: file '{name}' is a link that leaves the folder; copy the file itself");
            }

            files.Add(new BundleFile(name, new FileInfo(resolved).Length, Sha256.OfFile(resolved)));
        }

        files.Sort((left, right) => string.CompareOrdinal(left.Path, right.Path));
        BundleManifest manifest = draft with { SchemaVersion = BundleManifest.CurrentSchemaVersion, Files = files, Id = IdOf(files) };
        Write(Path.Combine(folder, FileName), manifest);
        return manifest;
    }

    /// <summary>The id that a list of files gives: bundles with the same id have the same graphs, weights and vocabulary.</summary>
    /// <remarks>The certificate says how the same model may be computed; with or without one it is the same bundle.</remarks>
    public static string IdOf(IEnumerable<BundleFile> files)
    {
        IEnumerable<string> lines = files
            .Where(file => file.Path != BundleLayout.CertificateFile)
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => $"{file.Path} {file.Sha256}\n");
        return Sha256.OfBytes(Encoding.UTF8.GetBytes(string.Concat(lines)))[..IdLength];
    }

    private static void Check(BundleManifest manifest, string source)
    {
        List<string> problems = [.. BundleManifestRules.Problems(manifest)];
        if (problems.Count > 0)
        {
            throw new ArtifactException($"{source}: {string.Join("; ", problems)}");
        }
    }
}
