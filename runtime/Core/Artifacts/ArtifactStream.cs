using Microsoft.Win32.SafeHandles;

namespace CxrOnnx.Core.Artifacts;

/// <summary>Positional, thread-safe reading of one file; every failure is an <see cref="ArtifactException"/> that names the file.</summary>
public sealed class ArtifactStream : IDisposable
{
    private readonly SafeFileHandle _handle;

    private ArtifactStream(SafeFileHandle handle, string source)
    {
        _handle = handle;
        Source = source;
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>The path as it was given, for messages.</summary>
    public string Source { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">There is none, or it cannot be opened.</exception>
    public static ArtifactStream Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ArtifactException($"{path}: is a folder, a checkpoint file was expected");
        }

        if (!File.Exists(path))
        {
            throw new ArtifactException($"{path}: no such file");
        }

        try
        {
            return new ArtifactStream(
                File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess),
                path
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"{path}: cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on; a file that ends before is an error.</summary>
    public void ReadExactly(long offset, Span<byte> destination)
    {
        int filled = 0;
        try
        {
            while (filled < destination.Length)
            {
                int count = RandomAccess.Read(_handle, destination[filled..], offset + filled);
                if (count == 0)
                {
                    throw new ArtifactException(
                        $"{Source}: ends at byte {offset + filled}, {destination.Length} bytes from byte {offset} on were expected; "
                            + $"copy the file again"
                    );
                }

                filled += count;
            }
        }
        catch (IOException exception)
        {
            throw new ArtifactException($"{Source}: cannot be read at byte {offset + filled}: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
