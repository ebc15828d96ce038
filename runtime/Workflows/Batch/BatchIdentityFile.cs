using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Reads and pins <c>batch.json</c>.</summary>
public static class BatchIdentityFile
{
    /// <summary>Its name, in the folder of the results.</summary>
    public const string Name = "batch.json";

    private static readonly BatchIdentityContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>The batch that was begun in a folder; null where none was.</summary>
    /// <param name="folder">Folder of the results.</param>
    /// <exception cref="InputException">The file is there and cannot be read.</exception>
    public static BatchIdentity? Find(string folder)
    {
        string path = Path.Combine(folder, Name);
        try
        {
            BatchIdentity? found = File.Exists(path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(path), Context.BatchIdentity) ?? throw new JsonException("null")
                : null;
            return found is null or { SchemaVersion: BatchIdentity.CurrentSchemaVersion }
                ? found
                : throw new InputException($"{path}: schema version {found.SchemaVersion} is not known to this version of cxr; update it");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: says what the batch in this folder is, and cannot be read ({exception.Message}); give another `out`",
                exception
            );
        }
    }

    /// <summary>Pins a batch, or finds that it is the one that is pinned.</summary>
    /// <param name="folder">Folder of the results; made if needed.</param>
    /// <param name="asked">The batch.</param>
    /// <param name="images">All its images.</param>
    /// <exception cref="InputException">Another batch was begun there, or the file cannot be written.</exception>
    internal static void Pin(string folder, BatchIdentity asked, IReadOnlyList<BatchImage> images)
    {
        string path = Path.Combine(folder, Name);
        BatchIdentity begun = Find(folder) ?? (Create(path, asked) ? asked : Find(folder)!);
        begun.CheckSame(path, asked, images);
        if (images.Count > begun.Images)
        {
            AtomicFile.WriteText(
                path,
                Text(begun with { Images = images.Count, ImagesSha256 = asked.ImagesSha256, Source = asked.Source })
            );
        }
    }

    /// <summary>Of parts that begin at the same time, one creates the file.</summary>
    private static bool Create(string path, BatchIdentity identity)
    {
        string own = FormattableString.Invariant($"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp");
        AtomicFile.WriteText(own, Text(identity));
        try
        {
            File.Move(own, path, overwrite: false);
            return true;
        }
        catch (IOException exception)
        {
            File.Delete(own);
            return File.Exists(path) ? false : throw new InputException($"cannot write '{path}': {exception.Message}", exception);
        }
    }

    private static string Text(BatchIdentity identity) => JsonSerializer.Serialize(identity, Context.BatchIdentity) + "\n";
}

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(BatchIdentity))]
internal sealed partial class BatchIdentityContext : JsonSerializerContext;
