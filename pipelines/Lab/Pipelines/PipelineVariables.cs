using System.Text.RegularExpressions;
using CxrOnnx.Core;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Lab.Pipelines;

/// <summary>The variables of a pipeline file and what was set on the command line.</summary>
public sealed partial class PipelineVariables
{
    private const string Folder = "folder";
    private static readonly string[] Keys = ["about", "default", "optional"];

    private readonly Dictionary<string, string?> _values = new(StringComparer.Ordinal);
    private readonly List<PipelineVariable> _all = [];

    private PipelineVariables() { }

    /// <summary>The variables in the order of the file.</summary>
    public IReadOnlyList<PipelineVariable> All => _all;

    /// <summary>Reads settings as they stand on a command line, <c>NAME=VALUE</c>.</summary>
    /// <exception cref="InputException">One has another form, or a name stands twice.</exception>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> settings)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (string setting in settings)
        {
            int sign = setting.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
            {
                throw new InputException($"--set {setting}: want NAME=VALUE");
            }

            if (!values.TryAdd(setting[..sign].Trim(), setting[(sign + 1)..]))
            {
                throw new InputException($"--set {setting}: {setting[..sign].Trim()} is set twice");
            }
        }

        return values;
    }

    /// <summary>Reads the section <c>variables</c>.</summary>
    /// <param name="node">The section, or null.</param>
    /// <param name="settings">Values of the command line by name.</param>
    /// <param name="problems">Gets what is wrong.</param>
    internal static PipelineVariables Read(YamlNode? node, IReadOnlyDictionary<string, string> settings, List<string> problems)
    {
        PipelineVariables variables = new();
        if (node is YamlMappingNode section)
        {
            foreach ((YamlNode key, YamlNode value) in section)
            {
                variables.Add(((YamlScalarNode)key).Value ?? "", value, settings, problems);
            }
        }
        else if (node is not null)
        {
            problems.Add($"line {node.Start.Line}: variables: want a mapping of names to {string.Join(", ", Keys)}");
        }

        foreach (string name in settings.Keys.Where(name => !variables._values.ContainsKey(name)))
        {
            problems.Add(
                name == Folder
                    ? "--set folder: the folder is chosen with --folder DIR"
                    : $"--set {name}: there is no such variable; there are {Names(variables._values.Keys)}"
            );
        }

        return variables;
    }

    /// <summary>Makes <c>{folder}</c> known.</summary>
    internal void SetFolder(string folder) => _values[Folder] = folder;

    /// <summary>A value with its variables filled in; <c>{name?}</c> adds nothing, but is left out like <c>{name}</c>.</summary>
    /// <returns>The text; null where it names an optional variable that has no value, so that it is to be left out.</returns>
    /// <param name="text">The text of the file.</param>
    /// <param name="where">Begins a problem's sentence.</param>
    /// <param name="problems">Gets names that are no variables.</param>
    internal string? Expand(string text, string where, List<string> problems)
    {
        bool leftOut = false;
        string filled = Placeholder()
            .Replace(
                text,
                match =>
                {
                    string name = match.Groups[1].Value;
                    if (!_values.TryGetValue(name, out string? value))
                    {
                        problems.Add($"{where}{{{name}}} is no variable; there are {Names(_values.Keys.Append(Folder).Distinct())}");
                    }

                    leftOut |= value is null;
                    return match.Groups[2].Success ? "" : value ?? "";
                }
            );
        return leftOut ? null : filled;
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("none"));

    private void Add(string name, YamlNode node, IReadOnlyDictionary<string, string> settings, List<string> problems)
    {
        string where = $"line {node.Start.Line}: variable {name}: ";
        if (!Name().IsMatch(name) || name == Folder)
        {
            problems.Add($"{where}a name has lower-case letters, digits and hyphens, and is not {Folder}");
            return;
        }

        if (node is not YamlMappingNode mapping || mapping.Children.Any(pair => pair.Value is not YamlScalarNode))
        {
            problems.Add($"{where}want a mapping with {string.Join(", ", Keys)}");
            return;
        }

        string? Text(string key) => mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child.ToString() : null;
        foreach (string key in mapping.Children.Keys.Select(key => key.ToString()).Except(Keys))
        {
            problems.Add($"{where}unknown key '{key}', want one of {string.Join(", ", Keys)}");
        }

        string about = Text("about") ?? "";
        if (about.Length == 0)
        {
            problems.Add($"{where}about: missing, want a sentence");
        }

        if (Text("optional") is not (null or "true" or "false"))
        {
            problems.Add($"{where}optional: want true or false");
        }

        string? value = settings.TryGetValue(name, out string? given) && given.Length > 0 ? given : null;
        bool isDefault = value is null;
        if (isDefault && Text("default") is { } own)
        {
            value = Expand(own, where, problems);
        }

        if (value is null && Text("optional") != "true")
        {
            problems.Add($"variable {name} has no value; give --set {name}=VALUE ({about})");
        }

        _values[name] = value;
        _all.Add(new PipelineVariable(name, about, value, isDefault));
    }

    [GeneratedRegex("\\{([a-z][a-z0-9-]*)(\\?)?\\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex("^[a-z][a-z0-9-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
