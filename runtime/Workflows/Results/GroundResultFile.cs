using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using CxrOnnx.Core;

namespace CxrOnnx.Workflows.Results;

/// <summary>Reads and writes <see cref="GroundResult"/>.</summary>
public static class GroundResultFile
{
    /// <summary>Name of the file in the output folder.</summary>
    public const string FileName = "result.json";

    private static readonly GroundResultContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = true,

            // The document is a file, never part of a web page: "<" stays readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>The document as text.</summary>
    public static string ToJson(GroundResult result) => JsonSerializer.Serialize(result, Context.GroundResult);

    /// <summary>The document as UTF-8, for a response.</summary>
    public static byte[] ToUtf8(GroundResult result) => JsonSerializer.SerializeToUtf8Bytes(result, Context.GroundResult);

    /// <summary>The JSON schema (draft 2020-12) of the document, as <c>docs/schemas/result.schema.json</c> holds it.</summary>
    public static string Schema()
    {
        JsonNode schema = Context.GroundResult.GetJsonSchemaAsNode(
            new JsonSchemaExporterOptions
            {
                TreatNullObliviousAsNonNullable = true,
                TransformSchemaNode = static (context, node) =>
                {
                    if (context.Path.Length == 0 && node is JsonObject root)
                    {
                        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
                        root.Insert(1, "$id", FormattableString.Invariant($"urn:cxronnx:result:{GroundResult.CurrentSchemaVersion}"));
                        root.Insert(2, "title", "Result of a grounding");
                    }

                    return node;
                },
            }
        );
        return schema.ToJsonString(Context.Options) + "\n";
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="InputException">There is none, or it is not one of ours.</exception>
    public static GroundResult Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException(
                $"{path}: no such file; give the {FileName} that 'cxr ground' wrote, or a saved answer of the service"
            );
        }

        GroundResult? result;
        try
        {
            result = JsonSerializer.Deserialize(File.ReadAllBytes(path), Context.GroundResult);
        }
        catch (JsonException exception)
        {
            throw new InputException(
                $"{path}: not a result of 'cxr ground' (line {exception.LineNumber + 1}: "
                    + $"{exception.Message.Split('\n')[0].Split(" Path:")[0]})",
                exception
            );
        }

        if (result is not { SchemaVersion: GroundResult.CurrentSchemaVersion })
        {
            throw new InputException(
                $"{path}: schema version {result?.SchemaVersion}, this version reads {GroundResult.CurrentSchemaVersion}; ground again"
            );
        }

        return result;
    }
}

/// <summary>Generated code instead of reflection: the first result is written tens of milliseconds sooner.</summary>
[JsonSerializable(typeof(GroundResult))]
internal sealed partial class GroundResultContext : JsonSerializerContext;
