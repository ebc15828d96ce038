using System.Collections.Concurrent;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Workflows.Journals;

/// <summary>SHA-256 of files, each read once in a run. Thread-safe.</summary>
public sealed class ContentHashes
{
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>The checksum of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">It cannot be read.</exception>
    public string Of(string path) => _known.GetOrAdd(path, Sha256.OfFile);
}
