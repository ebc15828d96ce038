using CxrOnnx.Core.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Lab.Pipelines;

/// <summary>Reads pipeline files. Every problem of a file is reported at once, with its line.</summary>
/// <remarks>
/// <c>{folder}</c> in any value stands for the pipeline's folder, <c>{name}</c> for a variable. A value that names an optional variable
/// without a value is left out; <c>{name?}</c> only asks for that.
/// </remarks>
public static class PipelineFile
{
    private static readonly Dictionary<string, string> NoSettings = [];
    private static readonly string[] PipelineKeys = ["name", "folder", "variables", "sources", "stages"];
    private static readonly string[] SourceKeys = ["path", "from"];
    private static readonly string[] StageKeys = ["name", "command", "arguments", "options", "inputs", "outputs"];

    /// <summary>Reads a pipeline.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="folderOverride">Replaces the file's own <c>folder</c>, so that one experiment can be run twice side by side.</param>
    /// <param name="settings">Values of its variables by name.</param>
    /// <exception cref="ConfigurationException">
    /// The file is not a pipeline, a variable has no value, or a value is for none; carries every problem.
    /// </exception>
    public static PipelineDefinition Load(string path, string? folderOverride = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        if (!File.Exists(path))
        {
            throw new ConfigurationException(path, ["no such file; give a pipeline such as pipelines/phantom.yaml"]);
        }

        List<string> problems = [];
        YamlStream yaml = new();
        try
        {
            using StreamReader reader = new(path);
            yaml.Load(reader);
        }
        catch (YamlException exception)
        {
            throw new ConfigurationException(path, [$"line {exception.Start.Line}: not YAML ({exception.Message})"]);
        }

        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
        {
            throw new ConfigurationException(path, ["want one YAML mapping with the keys name, folder and stages"]);
        }

        Unknown(root, PipelineKeys, "", problems);
        string name = Scalar(root, "name", "", problems) ?? "";
        string folder = folderOverride ?? Scalar(root, "folder", "", problems) ?? "";
        PipelineVariables variables = PipelineVariables.Read(Child(root, "variables"), settings ?? NoSettings, problems);
        variables.SetFolder(folder);
        List<PipelineSource> sources = ReadSources(Child(root, "sources"), variables, problems);
        List<PipelineStage> stages = [];
        if (Child(root, "stages") is YamlSequenceNode sequence)
        {
            foreach (YamlNode node in sequence)
            {
                ReadStage(node, variables, stages, problems);
            }
        }
        else
        {
            problems.Add("stages: missing, want a list of stages");
        }

        foreach (IGrouping<string, PipelineStage> group in stages.GroupBy(stage => stage.Name).Where(group => group.Count() > 1))
        {
            problems.Add($"stages: the name '{group.Key}' is used {group.Count()} times");
        }

        return problems.Count > 0
            ? throw new ConfigurationException(path, problems)
            : new PipelineDefinition(name, folder, stages) { Sources = sources, Variables = variables.All };
    }

    private static List<PipelineSource> ReadSources(YamlNode? node, PipelineVariables variables, List<string> problems)
    {
        List<PipelineSource> sources = [];
        if (node is not (null or YamlSequenceNode))
        {
            problems.Add($"line {node.Start.Line}: sources: want a list of path and from");
        }

        foreach (YamlNode item in node as YamlSequenceNode ?? [])
        {
            string where = $"line {item.Start.Line}: ";
            if (item is not YamlMappingNode mapping)
            {
                problems.Add($"{where}a source is a mapping with the keys {string.Join(", ", SourceKeys)}");
                continue;
            }

            Unknown(mapping, SourceKeys, where, problems);
            string? from = Scalar(mapping, "from", where, problems);
            if (
                Scalar(mapping, "path", where, problems) is { } text
                && variables.Expand(text, where, problems) is { } path
                && from is not null
            )
            {
                sources.Add(new PipelineSource(path, from));
            }
        }

        return sources;
    }

    private static void ReadStage(YamlNode node, PipelineVariables variables, List<PipelineStage> stages, List<string> problems)
    {
        string where = $"line {node.Start.Line}: ";
        if (node is not YamlMappingNode mapping)
        {
            problems.Add($"{where}a stage is a mapping with the keys {string.Join(", ", StageKeys)}");
            return;
        }

        int before = problems.Count;
        Unknown(mapping, StageKeys, where, problems);
        string? name = Scalar(mapping, "name", where, problems);
        string? command = Scalar(mapping, "command", where, problems);
        List<KeyValuePair<string, IReadOnlyList<string>>> options = [];
        if (Child(mapping, "options") is { } optionsNode)
        {
            if (optionsNode is YamlMappingNode pairs)
            {
                foreach ((YamlNode key, YamlNode value) in pairs)
                {
                    // An option whose every value was left out is left out with them; one that never had a value is not.
                    IReadOnlyList<string> values = Strings(value, variables, where, problems);
                    if (values.Count > 0 || value is YamlSequenceNode { Children.Count: 0 })
                    {
                        options.Add(new(((YamlScalarNode)key).Value ?? "", values));
                    }
                }
            }
            else
            {
                problems.Add($"{where}options: want a mapping");
            }
        }

        IReadOnlyList<string> List(string key) => Child(mapping, key) is { } list ? Strings(list, variables, where, problems) : [];
        IReadOnlyList<string> arguments = List("arguments"),
            inputs = List("inputs"),
            outputs = List("outputs");
        if (problems.Count == before)
        {
            stages.Add(new PipelineStage(name!, command!, arguments, options, inputs, outputs));
        }
    }

    private static IReadOnlyList<string> Strings(YamlNode node, PipelineVariables variables, string where, List<string> problems)
    {
        IEnumerable<YamlNode>? values = node switch
        {
            YamlScalarNode => [node],
            YamlSequenceNode sequence when sequence.All(item => item is YamlScalarNode) => sequence,
            _ => null,
        };
        if (values is null)
        {
            problems.Add($"{where}line {node.Start.Line}: want a value or a list of values");
            return [];
        }

        return [.. values.Select(value => variables.Expand(((YamlScalarNode)value).Value ?? "", where, problems)).OfType<string>()];
    }

    private static void Unknown(YamlMappingNode mapping, string[] known, string where, List<string> problems)
    {
        foreach (YamlNode key in mapping.Children.Keys)
        {
            string text = key is YamlScalarNode scalar ? scalar.Value ?? "" : key.ToString();
            if (!known.Contains(text, StringComparer.Ordinal))
            {
                problems.Add($"{where}unknown key '{text}', want one of {string.Join(", ", known)}");
            }
        }
    }

    private static string? Scalar(YamlMappingNode mapping, string key, string where, List<string> problems)
    {
        if (Child(mapping, key) is YamlScalarNode { Value: { Length: > 0 } value })
        {
            return value;
        }

        problems.Add($"{where}{key}: missing, want a text");
        return null;
    }

    private static YamlNode? Child(YamlMappingNode mapping, string key) =>
        mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null;
}
