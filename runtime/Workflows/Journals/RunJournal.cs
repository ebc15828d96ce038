using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CxrOnnx.Core;

namespace CxrOnnx.Workflows.Journals;

/// <summary>
/// What long work has found so far, in a file beside its output, so that a killed run is gone on with. Records are only added and forced to
/// the disk; a kill cuts at most the last, which is dropped. The file is bound to what the work is: with other settings or inputs it is
/// refused, never mixed. Thread-safe.
/// </summary>
public sealed class RunJournal : IDisposable
{
    private const string Form = "cxr progress 1";

    // Numbers come back as the very numbers that were written; words stay readable.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Dictionary<string, byte[]> _records;
    private readonly Lock _lock = new();

    private RunJournal(string path, FileStream file, Dictionary<string, byte[]> records)
    {
        _path = path;
        _file = file;
        _records = records;
        Before = records.Count;
    }

    /// <summary>How many records an earlier run left.</summary>
    public int Before { get; }

    /// <summary>Goes on with a file, or begins it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="binding">What the work is, by the names of its settings: everything that decides a record.</param>
    /// <exception cref="InputException">
    /// The file is of other work (names the first difference), cannot be written, or another process is writing it.
    /// </exception>
    public static RunJournal Open(string path, IReadOnlyDictionary<string, string> binding)
    {
        FileStream? file = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            (Dictionary<string, byte[]> records, int whole) = Read(path, content, binding);
            file.SetLength(whole);
            file.Seek(0, SeekOrigin.End);
            if (whole == 0)
            {
                Write(
                    file,
                    writer =>
                    {
                        writer.WriteString("form", Form);
                        writer.WriteStartObject("binding");
                        foreach ((string name, string value) in binding)
                        {
                            writer.WriteString(name, value);
                        }

                        writer.WriteEndObject();
                    }
                );
            }

            RunJournal journal = new(path, file, records);
            file = null;
            return journal;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written, or another process is writing it: {exception.Message}", exception);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>What an earlier run found.</summary>
    /// <typeparam name="T">What a record holds.</typeparam>
    /// <param name="key">What it was found for; by everything that is not in the binding, as the content of its image.</param>
    /// <param name="type">How it is read.</param>
    /// <returns>The record, or null where there is none.</returns>
    public T? Find<T>(string key, JsonTypeInfo<T> type)
        where T : class
    {
        byte[]? record;
        lock (_lock)
        {
            record = _records.GetValueOrDefault(key);
        }

        return record is null ? null : JsonSerializer.Deserialize(record, type);
    }

    /// <summary>Keeps what was found.</summary>
    /// <typeparam name="T">What a record holds.</typeparam>
    /// <param name="key">See <see cref="Find{T}"/>.</param>
    /// <param name="value">The record.</param>
    /// <param name="type">How it is written.</param>
    public void Add<T>(string key, T value, JsonTypeInfo<T> type)
        where T : class
    {
        byte[] record = JsonSerializer.SerializeToUtf8Bytes(value, type);
        lock (_lock)
        {
            Write(
                _file,
                writer =>
                {
                    writer.WriteString("key", key);
                    writer.WritePropertyName("value");
                    writer.WriteRawValue(record);
                }
            );
            _file.Flush(flushToDisk: true);
        }
    }

    /// <summary>Removes the file: the work is done and its output is written.</summary>
    public void Finish()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Write(FileStream file, Action<Utf8JsonWriter> properties)
    {
        ArrayBufferWriter<byte> line = new();
        using (Utf8JsonWriter writer = new(line, Plain))
        {
            writer.WriteStartObject();
            properties(writer);
            writer.WriteEndObject();
        }

        line.Write("\n"u8);
        file.Write(line.WrittenSpan);
    }

    /// <summary>The whole records of a file and the length that they take.</summary>
    private static (Dictionary<string, byte[]> Records, int Whole) Read(
        string path,
        byte[] content,
        IReadOnlyDictionary<string, string> binding
    )
    {
        Dictionary<string, byte[]> records = [];
        int at = 0;
        for (int number = 1; Array.IndexOf(content, (byte)'\n', at) is >= 0 and var end; number++, at = end + 1)
        {
            try
            {
                using JsonDocument line = JsonDocument.Parse(content.AsMemory(at, end - at));
                if (number == 1)
                {
                    CheckHead(path, line.RootElement, binding);
                }
                else
                {
                    records[line.RootElement.GetProperty("key").GetString()!] = Encoding.UTF8.GetBytes(
                        line.RootElement.GetProperty("value").GetRawText()
                    );
                }
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new InputException($"{path} line {number}: not a record of cxr; delete the file to begin anew", exception);
            }
        }

        return (records, at);
    }

    private static void CheckHead(string path, JsonElement head, IReadOnlyDictionary<string, string> binding)
    {
        if (head.GetProperty("form").GetString() != Form)
        {
            throw new InputException($"{path}: its form is not known to this version; delete it to begin anew");
        }

        Dictionary<string, string> begun = head.GetProperty("binding")
            .EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
        foreach (string name in begun.Keys.Union(binding.Keys))
        {
            (string was, string now) = (begun.GetValueOrDefault(name, "not given"), binding.GetValueOrDefault(name, "not given"));
            if (was != now)
            {
                throw new InputException(
                    $"{path}: keeps what a run with {name} {was} had found, this one has {now}; go on as it was begun, delete the file to "
                        + $"begin anew, or give another `out`"
                );
            }
        }
    }
}
