using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Architecture.Tests.Kubernetes;

/// <summary>
/// Checks YAML against the part of JSON Schema that the schemas here use: type, enum, required, properties, additionalProperties, items,
/// minimum, pattern, and $ref to a name in $defs. A property that is not named is refused, as <c>kubectl</c> does.
/// </summary>
internal sealed class SmallSchema(JsonObject root)
{
    /// <summary>What is wrong, a line each.</summary>
    public IReadOnlyList<string> Problems(string yaml)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(yaml));
        List<string> problems = [];
        Check(stream.Documents.Single().RootNode, root, "", problems);
        return problems;
    }

    private void Check(YamlNode node, JsonObject schema, string path, List<string> problems)
    {
        if (schema["$ref"] is { } name)
        {
            Check(node, root["$defs"]![name.GetValue<string>()]!.AsObject(), path, problems);
            Required(node, schema, path, problems);
            return;
        }

        if (schema["enum"] is JsonArray values)
        {
            if (!values.Any(value => value!.GetValue<string>() == (node as YamlScalarNode)?.Value))
            {
                problems.Add($"{path}: '{node}' is none of {string.Join(", ", values.Select(value => value!.ToString()))}");
            }

            return;
        }

        switch (schema["type"]?.GetValue<string>(), node)
        {
            case ("object", YamlMappingNode map):
                foreach ((YamlNode key, YamlNode value) in map.Children)
                {
                    string property = ((YamlScalarNode)key).Value!;
                    if ((schema["properties"]?[property] ?? schema["additionalProperties"]) is JsonObject of)
                    {
                        Check(value, of, $"{path}/{property}", problems);
                    }
                    else
                    {
                        problems.Add($"{path}: there is no field '{property}'");
                    }
                }

                Required(node, schema, path, problems);
                break;
            case ("array", YamlSequenceNode list):
                foreach ((int i, YamlNode item) in list.Children.Index())
                {
                    Check(item, schema["items"]!.AsObject(), FormattableString.Invariant($"{path}/{i}"), problems);
                }

                break;
            case (var type, YamlScalarNode scalar) when type is "string" or "integer" or "boolean":
                if (TypeOf(scalar) != type)
                {
                    problems.Add($"{path}: {scalar.Value} is a {TypeOf(scalar)}, wanted a {type}");
                }
                else if (schema["minimum"] is { } least && long.Parse(scalar.Value!, CultureInfo.InvariantCulture) < least.GetValue<long>())
                {
                    problems.Add($"{path}: {scalar.Value} is below {least}");
                }
                else if (schema["pattern"] is { } pattern && !Regex.IsMatch(scalar.Value!, pattern.GetValue<string>()))
                {
                    problems.Add($"{path}: '{scalar.Value}' does not match {pattern}");
                }

                break;
            default:
                problems.Add($"{path}: wanted {schema["type"]}");
                break;
        }
    }

    private static void Required(YamlNode node, JsonObject schema, string path, List<string> problems)
    {
        foreach (JsonNode? needed in schema["required"] as JsonArray ?? [])
        {
            if (node is YamlMappingNode map && !map.Children.ContainsKey(needed!.GetValue<string>()))
            {
                problems.Add($"{path}: '{needed}' is missing");
            }
        }
    }

    /// <summary>The type that YAML's core schema gives a scalar: quotes make it a text.</summary>
    private static string TypeOf(YamlScalarNode scalar) =>
        scalar.Style != ScalarStyle.Plain ? "string"
        : scalar.Value is "true" or "false" ? "boolean"
        : long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? "integer"
        : double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? "number"
        : "string";
}
