using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.Core;

namespace CxrOnnx.Workflows.Watch;

/// <summary>
/// What was done, one line per image and report: appended when the archive has confirmed. It holds digests and no identifiers. A line that
/// a kill left unfinished is cut off; its image is done again, which gives objects with the same identifiers.
/// </summary>
internal sealed class WatchState : IDisposable
{
    /// <summary>Name of the record in the folder.</summary>
    public const string FileName = "done.jsonl";

    private const string WorkFolder = "work";
    private const int ShownDigits = 12;

    private readonly FileStream _file;
    private readonly HashSet<string> _done = [];

    private WatchState(FileStream file, string work)
    {
        _file = file;
        Work = work;
    }

    /// <summary>Where the image that is being worked on lies; emptied when the run begins and after each image.</summary>
    public string Work { get; }

    /// <summary>Opens or begins the record; nobody else can have it open.</summary>
    /// <exception cref="InputException">The folder cannot be written to, another run uses it, or the record is damaged.</exception>
    public static WatchState Open(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
            FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                WatchState state = new(file, Path.Combine(folder, WorkFolder));
                state.Load(path);
                state.Clear();
                return state;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: cannot be opened ({exception.Message.TrimEnd('.')}); is another run using it? Each needs a folder of its own "
                    + "(`state` DIR)",
                exception
            );
        }
    }

    /// <summary>The digest under which an image with its report is recorded.</summary>
    public static string Key(string sopInstance, string report) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{sopInstance}\n{report}")));

    /// <summary>How a digest is shown in a log.</summary>
    public static string Short(string key) => key[..ShownDigits];

    /// <summary>Whether it was done.</summary>
    public bool IsDone(string key) => _done.Contains(key);

    /// <summary>Records that an image is done.</summary>
    /// <param name="key">Its digest.</param>
    /// <param name="outcome"><c>stored</c> or <c>refused</c>.</param>
    /// <param name="objects">Objects that were stored.</param>
    /// <param name="reason">Why it was refused, or null.</param>
    public void Add(string key, string outcome, int objects, string? reason)
    {
        JsonObject line = new()
        {
            ["image"] = key,
            ["outcome"] = outcome,
            ["objects"] = objects,
        };
        if (reason is not null)
        {
            line["reason"] = reason;
        }

        _file.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        _file.Flush(flushToDisk: true);
        _done.Add(key);
    }

    /// <summary>Empties the folder of the image; only its owner may enter it.</summary>
    public void Clear()
    {
        if (Directory.Exists(Work))
        {
            Directory.Delete(Work, recursive: true);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Work);
        }
        else
        {
            Directory.CreateDirectory(Work, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        if (Directory.Exists(Work))
        {
            Directory.Delete(Work, recursive: true);
        }
    }

    private void Load(string path)
    {
        byte[] bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        int whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        string[] lines = Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < lines.Length; i++)
        {
            _done.Add(
                Image(lines[i])
                    ?? throw new InputException(
                        $"{path}: line {i + 1} is not one of a record of 'cxr watch'; give another folder with `state` DIR"
                    )
            );
        }

        _file.SetLength(whole);
        _file.Position = whole;
    }

    private static string? Image(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("image", out JsonElement image) ? image.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
