using System.Globalization;
using System.Text;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// The results file of <c>cxr batch</c>. Lines are only ever added, some of one image together and forced to the disk, so a killed process
/// leaves whole lines and at most one that was cut; <see cref="Continue"/> drops that one.
/// </summary>
public sealed class BatchResults : IDisposable
{
    private readonly FileStream _file;
    private readonly HashSet<BatchKey> _done;

    private BatchResults(FileStream file, HashSet<BatchKey> done)
    {
        _file = file;
        _done = done;
    }

    /// <summary>How many answers there were when it was opened.</summary>
    public int DoneBefore => _done.Count;

    /// <summary>Refuses to begin where an earlier run has written.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is there and not empty.</exception>
    public static void RefuseExisting(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > 0 })
        {
            throw new InputException($"{path}: is there already; go on with `resume`, or give another folder with `out` DIR");
        }
    }

    /// <summary>Starts a new file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It exists already, or cannot be written.</exception>
    public static BatchResults Start(string path)
    {
        RefuseExisting(path);
        return new BatchResults(Open(path), []);
    }

    /// <summary>What a file, which may be missing, has an answer to.</summary>
    internal static HashSet<BatchKey> AnsweredIn(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream held = Open(path);
        byte[] content = new byte[held.Length];
        held.ReadExactly(content);
        return [.. Read(path, content).Where(line => line.Error is null).Select(BatchKey.Of)];
    }

    /// <summary>Goes on with a file, or starts it. Lines with an error are dropped: their phrases are tried again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bundle">Id of the bundle; earlier lines must be of the same.</param>
    /// <param name="preset">The preset; the same holds.</param>
    /// <param name="threshold">The threshold; the same holds.</param>
    /// <exception cref="InputException">
    /// A line is no result, or one of another bundle, preset or threshold, or another process writes the file.
    /// </exception>
    public static BatchResults Continue(string path, string bundle, string preset, double threshold)
    {
        if (!File.Exists(path))
        {
            return Start(path);
        }

        // The lock first: a process that is still writing must not have its file replaced.
        using (FileStream held = Open(path))
        {
            byte[] content = new byte[held.Length];
            held.ReadExactly(content);
            List<BatchLine> lines = Read(path, content);
            if (lines.Find(line => line.Bundle != bundle || line.Preset != preset || line.Threshold != threshold) is { } other)
            {
                throw new InputException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}: holds a line of bundle {other.Bundle}, preset {other.Preset}, threshold {other.Threshold}, not of "
                            + $"{bundle}, {preset}, {threshold}; give another folder with `out` DIR"
                    )
                );
            }

            BatchLine[] answers = [.. lines.Where(line => line.Error is null)];
            string kept = string.Concat(answers.Select(line => line.ToJson() + "\n"));
            if (!content.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(kept)))
            {
                AtomicFile.WriteText(path, kept);
            }

            held.Dispose();
            FileStream file = Open(path);
            file.Seek(0, SeekOrigin.End);
            return new BatchResults(file, [.. answers.Select(BatchKey.Of)]);
        }
    }

    /// <summary>Whether there is an answer to what a line would answer.</summary>
    /// <param name="line">What it would answer.</param>
    internal bool Has(BatchKey line) => _done.Contains(line);

    /// <summary>Every line that the file holds now, in order.</summary>
    public IReadOnlyList<BatchLine> ReadAll()
    {
        byte[] content = new byte[_file.Length];
        _file.Seek(0, SeekOrigin.Begin);
        _file.ReadExactly(content);
        _file.Seek(0, SeekOrigin.End);
        return Read(_file.Name, content);
    }

    /// <summary>Adds lines and forces them to the disk.</summary>
    public void Add(IEnumerable<BatchLine> lines)
    {
        _file.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.ToJson() + "\n"))));
        _file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written, or another process is writing it: {exception.Message}", exception);
        }
    }

    private static List<BatchLine> Read(string path, ReadOnlySpan<byte> content)
    {
        List<BatchLine> lines = [];
        for (int number = 1; content.IndexOf((byte)'\n') is >= 0 and var end; number++, content = content[(end + 1)..])
        {
            try
            {
                lines.Add(BatchLine.Parse(content[..end]));
            }
            catch (JsonException exception)
            {
                throw new InputException(
                    $"{path} line {number}: not a result of 'cxr batch'; repair or remove the line to go on",
                    exception
                );
            }
        }

        // What follows the last line's end was cut by a kill.
        return lines;
    }
}
