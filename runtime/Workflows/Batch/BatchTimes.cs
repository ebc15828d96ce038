using System.Globalization;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// How long each line took, in a file of its own beside the results, which are so the same bytes whatever the machine was doing. A row is
/// added after its line; what a kill loses of it is lost, and a phrase that was computed twice has two rows.
/// </summary>
internal sealed class BatchTimes : IDisposable
{
    private readonly FileStream _file;

    private BatchTimes(FileStream file) => _file = file;

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static BatchTimes Open(string path)
    {
        try
        {
            FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            CutUnfinishedRow(file);
            if (file.Length == 0)
            {
                file.Write("image,frame,phrase,category,seconds\r\n"u8);
            }

            return new BatchTimes(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written, or another process is writing it: {exception.Message}", exception);
        }
    }

    /// <summary>Adds a row per line.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="seconds">The time of each of them, with its share of the image's; null where none was spent on them.</param>
    public void Add(IEnumerable<BatchLine> lines, double? seconds) =>
        _file.Write(
            Encoding.UTF8.GetBytes(
                string.Concat(
                    lines.Select(line =>
                        CsvText.Line([
                            line.Image,
                            string.Create(CultureInfo.InvariantCulture, $"{line.Frame}"),
                            line.Phrase,
                            line.Category ?? "",
                            string.Create(CultureInfo.InvariantCulture, $"{seconds:0.####}"),
                        ]) + "\r\n"
                    )
                )
            )
        );

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void CutUnfinishedRow(FileStream file)
    {
        long end = file.Length;
        while (end > 0)
        {
            file.Seek(end - 1, SeekOrigin.Begin);
            if (file.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        file.SetLength(end);
        file.Seek(0, SeekOrigin.End);
    }
}
