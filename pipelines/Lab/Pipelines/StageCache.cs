using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Lab.Pipelines;

/// <summary>
/// Remembers, in <c>&lt;folder&gt;/.stages</c>, with which command line and input contents a stage was last completed, and the contents of
/// what it wrote.
/// </summary>
public sealed class StageCache(string folder)
{
    private readonly string _records = Path.Combine(folder, ".stages");

    /// <summary>SHA-256 over the tool's version, the command line and the content of every input.</summary>
    /// <returns>The key, or null while an input does not exist yet.</returns>
    public static string? KeyOf(PipelineStage stage)
    {
        if (Digest(stage.Inputs) is not { } inputs)
        {
            return null;
        }

        string text = string.Join('\n', [ToolVersion.Lab, .. stage.CommandLine(), "inputs", inputs]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Whether the stage was completed with this key and its outputs are still what it wrote.</summary>
    public bool IsCurrent(PipelineStage stage, string key)
    {
        StageRecord? record = Read(stage);
        return record is { Completed: true } && record.Key == key && record.Outputs == Digest(stage.Outputs);
    }

    /// <summary>
    /// Whether an unfinished run of this stage was started with another key, so that its partial work must not be resumed.
    /// </summary>
    public bool HasStalePartialWork(PipelineStage stage, string key) => Read(stage) is { } record && record.Key != key;

    /// <summary>Notes that the stage begins.</summary>
    public void Begin(PipelineStage stage, string key) => Write(stage, new StageRecord(key, false, null));

    /// <summary>Notes that the stage is done.</summary>
    public void Complete(PipelineStage stage, string key) => Write(stage, new StageRecord(key, true, Digest(stage.Outputs)));

    private StageRecord? Read(PipelineStage stage)
    {
        try
        {
            return JsonSerializer.Deserialize<StageRecord>(File.ReadAllText(RecordPath(stage)));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // No record, or a damaged one: the stage counts as never run.
            return null;
        }
    }

    private void Write(PipelineStage stage, StageRecord record)
    {
        Directory.CreateDirectory(_records);
        AtomicFile.WriteText(RecordPath(stage), JsonSerializer.Serialize(record));
    }

    private string RecordPath(PipelineStage stage) => Path.Combine(_records, $"{stage.Name}.json");

    /// <summary>SHA-256 over names and contents; null if a path does not exist.</summary>
    private static string? Digest(IReadOnlyList<string> paths)
    {
        StringBuilder lines = new();
        foreach (string path in paths)
        {
            if (File.Exists(path))
            {
                lines.Append(path).Append(' ').Append(Sha256.OfFile(path)).Append('\n');
            }
            else if (Directory.Exists(path))
            {
                foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                {
                    lines.Append(file).Append(' ').Append(Sha256.OfFile(file)).Append('\n');
                }
            }
            else
            {
                return null;
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    private sealed record StageRecord(string Key, bool Completed, string? Outputs);
}
