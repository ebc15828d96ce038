using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CxrOnnx.Core.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Reads <see cref="RunSettings"/> from YAML.</summary>
public static class RunSettingsFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">YAML file.</param>
    /// <exception cref="ConfigurationException">
    /// It does not exist, is not YAML, or holds an unknown key or a value of the wrong type.
    /// </exception>
    public static RunSettings Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new ConfigurationException(path, ["no such settings file"]);
        }

        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="yaml">YAML.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ConfigurationException">It is not YAML, or holds an unknown key or a value of the wrong type.</exception>
    public static RunSettings Parse(string yaml, string source)
    {
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(yaml));
            JsonNode? json = stream.Documents.Count == 0 ? new JsonObject() : Convert(stream.Documents[0].RootNode);
            string[] unknown = [.. UnknownKeys(json, typeof(RunSettings), string.Empty)];
            if (unknown.Length > 0)
            {
                throw new ConfigurationException(source, unknown);
            }

            return Completed(json, new RunSettings(), typeof(RunSettings)).Deserialize<RunSettings>(Options)!;
        }
        catch (YamlException exception)
        {
            throw new ConfigurationException(source, [$"line {exception.Start.Line}: not YAML ({exception.Message})"]);
        }
        catch (JsonException exception)
        {
            throw new ConfigurationException(source, [exception.Message]);
        }
    }

    // A section that names some keys keeps its owner's defaults for the others: the deserializer alone would take those of the
    // section's type, which for a learning rate of tuning are others than those of the autoencoder.
    private static JsonNode? Completed(JsonNode? given, object? defaults, Type type)
    {
        JsonTypeInfo info = Options.GetTypeInfo(type);
        if (given is not (null or JsonObject) || info.Kind != JsonTypeInfoKind.Object || (given is null && defaults is null))
        {
            return given?.DeepClone();
        }

        JsonObject mapping = given as JsonObject ?? [];
        JsonObject complete = [];
        foreach (JsonPropertyInfo property in info.Properties.Where(property => property.Set is not null))
        {
            object? value = defaults is null ? null : property.Get!(defaults);
            if (mapping.ContainsKey(property.Name))
            {
                complete[property.Name] = Completed(mapping[property.Name], value, property.PropertyType);
            }
            else if (defaults is not null)
            {
                complete[property.Name] = JsonSerializer.SerializeToNode(value, property.PropertyType, Options);
            }
        }

        return complete;
    }

    // All of them at once, each with its place and the keys that are known there.
    private static IEnumerable<string> UnknownKeys(JsonNode? node, Type type, string place)
    {
        JsonTypeInfo info = Options.GetTypeInfo(type);
        if (node is not JsonObject mapping || info.Kind != JsonTypeInfoKind.Object)
        {
            yield break;
        }

        Dictionary<string, Type> known = info
            .Properties.Where(property => property.Set is not null)
            .ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.Ordinal);
        foreach ((string key, JsonNode? value) in mapping)
        {
            if (!known.TryGetValue(key, out Type? nested))
            {
                yield return $"{place}unknown key '{key}', want one of {string.Join(", ", known.Keys)}";
                continue;
            }

            foreach (string problem in UnknownKeys(value, nested, $"{place}{key}: "))
            {
                yield return problem;
            }
        }
    }

    private static JsonNode? Convert(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => new JsonObject(
                mapping.Select(pair => KeyValuePair.Create(pair.Key.ToString(), Convert(pair.Value)))
            ),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } => Scalar(text),
            _ => JsonValue.Create(node.ToString()),
        };

    private static JsonNode? Scalar(string text) =>
        text switch
        {
            "null" or "~" or "" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) => JsonValue.Create(
                integer
            ),
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
}
