using System.Text;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// Writes whole files or nothing: the content goes to a temporary sibling that is renamed at the end, so that a crash, a full disk or an
/// exception never leaves half a file under the final name.
/// </summary>
public static class AtomicFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>
    /// Writes <paramref name="path"/> through <paramref name="write"/>; missing parent folders are made, an existing file is replaced.
    /// </summary>
    /// <param name="path">Final path.</param>
    /// <param name="write">Writes the content to a seekable stream that starts empty.</param>
    /// <exception cref="InputException">The file cannot be created or renamed, or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string fullPath = Path.GetFullPath(path);
        string folder =
            Path.GetDirectoryName(fullPath)
            ?? throw new InputException($"cannot write '{path}': it names a drive or root, not a file; give a file name");
        string temporary = Path.Combine(folder, $".{Path.GetFileName(fullPath)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferSize))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, fullPath, overwrite: true);
        }
        catch (Exception exception)
        {
            DeleteQuietly(temporary);
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"cannot write '{path}': {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>Writes a text file as UTF-8 without a byte-order mark.</summary>
    /// <param name="path">Final path.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first exception says what went wrong; a leftover temporary file is the smaller evil.
        }
    }
}
