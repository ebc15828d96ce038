using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Exporter;

/// <summary>
/// A folder that appears whole or not at all: it is filled under a temporary name beside its final one and renamed at the end.
/// Disposing without <see cref="Commit"/> removes it.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string _final;
    private bool _committed;

    /// <summary>Checks the place and creates the temporary folder.</summary>
    /// <param name="path">Final folder.</param>
    /// <param name="replaceBundle">Whether a bundle that is already there may be replaced.</param>
    /// <exception cref="InputException">Something is there that must not be replaced, or the folder cannot be created.</exception>
    public OutputFolder(string path, bool replaceBundle)
    {
        _final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(_final))
        {
            throw new InputException($"{path}: is a file; give a folder that does not exist yet");
        }

        if (Directory.Exists(_final) && Directory.EnumerateFileSystemEntries(_final).Any())
        {
            if (!File.Exists(Path.Combine(_final, BundleManifestFile.FileName)))
            {
                throw new InputException(
                    $"{path}: is a folder with other files (no {BundleManifestFile.FileName}) and is not overwritten; give a new folder"
                );
            }

            if (!replaceBundle)
            {
                throw new InputException($"{path}: holds a bundle already; `force` replaces it");
            }
        }

        string parent = Path.GetDirectoryName(_final) ?? throw new InputException($"{path}: is a root folder; give a new folder");
        Temporary = Sibling(parent, "new");
        try
        {
            Directory.CreateDirectory(Temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>The folder to write into.</summary>
    public string Temporary { get; }

    /// <summary>Gives the folder its final name.</summary>
    public void Commit()
    {
        string? previous = null;
        if (Directory.Exists(_final))
        {
            previous = Sibling(Path.GetDirectoryName(_final)!, "old");
            Directory.Move(_final, previous);
        }

        Directory.Move(Temporary, _final);
        _committed = true;
        if (previous is not null)
        {
            Directory.Delete(previous, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_committed && Directory.Exists(Temporary))
        {
            Directory.Delete(Temporary, recursive: true);
        }
    }

    private string Sibling(string parent, string purpose) =>
        Path.Combine(parent, $".{Path.GetFileName(_final)}.{Environment.ProcessId}.{purpose}");
}
