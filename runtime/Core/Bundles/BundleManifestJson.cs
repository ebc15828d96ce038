using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Core.Bundles;

/// <summary>The JSON form of a manifest: snake case, every field required, no others, no duplicates.</summary>
internal static partial class BundleManifestJson
{
    private static readonly JsonSerializerOptions ModelOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Options = new(ModelOptions)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new ModelConverter() },
    };

    /// <summary>The manifest as text, with a line feed at the end.</summary>
    public static string Write(BundleManifest manifest) => JsonSerializer.Serialize(manifest, Options) + "\n";

    /// <summary>Parses a manifest; its schema version is looked at first, so that a newer file is recognised as such.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ArtifactException">
    /// It is not JSON, of another schema version, or a field is missing, unknown or of another type.
    /// </exception>
    public static BundleManifest Parse(string json, string source)
    {
        try
        {
            using (JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false }))
            {
                CheckSchemaVersion(document.RootElement, source);
                CheckNoNulls(document.RootElement, "", source);
            }

            return JsonSerializer.Deserialize<BundleManifest>(json, Options)
                ?? throw new ArtifactException($"{source}: is null, a manifest was expected");
        }
        catch (ConfigurationException exception)
        {
            throw new ArtifactException($"{source}: model: {string.Join("; ", exception.Problems)}", exception);
        }
        catch (JsonException exception)
        {
            string line = exception.LineNumber is { } number ? $" (line {number + 1})" : "";
            throw new ArtifactException(
                $"{source}: is not a valid bundle manifest: {Problem(exception)}{line}; export the bundle again",
                exception
            );
        }
    }

    private static void CheckSchemaVersion(JsonElement root, string source)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schema_version", out JsonElement version))
        {
            throw new ArtifactException($"{source}: has no schema_version; it is not a bundle manifest");
        }

        if (
            version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out int number)
            || number != BundleManifest.CurrentSchemaVersion
        )
        {
            throw new ArtifactException(
                $"{source}: has schema version {version.GetRawText()}, this program reads version "
                    + $"{BundleManifest.CurrentSchemaVersion}; export the bundle again or use the program's other version"
            );
        }
    }

    /// <summary>No field may be null; the serializer does not look into lists and dictionaries.</summary>
    private static void CheckNoNulls(JsonElement element, string path, string source)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null:
                throw new ArtifactException($"{source}: {path} is null; export the bundle again");
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    CheckNoNulls(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", source);
                }

                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in element.EnumerateArray())
                {
                    CheckNoNulls(item, $"{path}[{index++}]", source);
                }

                break;
        }
    }

    /// <summary>The serializer's message in the words of the file instead of those of .NET.</summary>
    private static string Problem(JsonException exception)
    {
        string[] names =
        [
            .. QuotedName()
                .Matches(exception.Message)
                .Select(match => match.Value)
                .Where(name => !name.StartsWith("'CxrOnnx.", StringComparison.Ordinal)),
        ];
        string message = exception.Message;
        return message switch
        {
            _ when message.Contains("missing required properties", StringComparison.Ordinal) =>
                $"{Where(exception)}lacks {string.Join(", ", names)}",
            _ when message.Contains("could not be mapped", StringComparison.Ordinal) => $"field {names.FirstOrDefault()} is not known",
            _ when message.Contains("Duplicate property", StringComparison.Ordinal) => $"field {names.FirstOrDefault()} is there twice",
            _ when message.Contains("could not be converted", StringComparison.Ordinal) =>
                $"{Where(exception)}is of another type than expected",
            _ => message[..Math.Max(message.IndexOf(". ", StringComparison.Ordinal), 0)] is { Length: > 0 } first ? first : message,
        };
    }

    private static string Where(JsonException exception) => exception.Path is { Length: > 2 } path ? $"{path[2..]} " : "";

    [GeneratedRegex("'[^']*'")]
    private static partial Regex QuotedName();

    /// <summary>The model section is checked by the same rules as a YAML file (JSON is YAML), with all its problems at once.</summary>
    private sealed class ModelConverter : JsonConverter<ModelConfiguration>
    {
        public override ModelConfiguration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return ModelConfigurationFile.Parse(JsonSerializer.Serialize(document.RootElement, ModelOptions), "model");
        }

        public override void Write(Utf8JsonWriter writer, ModelConfiguration value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value, ModelOptions);
    }
}
