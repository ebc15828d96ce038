using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Core.Configuration;

/// <summary>
/// One mapping of a YAML file. Reading a key that is missing or wrong records a problem and gives a neutral value, so that one pass finds
/// every problem. Keys that nobody read are unknown ones.
/// </summary>
public sealed class YamlSection
{
    private const int MaxDepth = 32;

    private readonly string _path;
    private readonly YamlMappingNode? _node;
    private readonly List<string> _problems;
    private readonly Dictionary<string, YamlNode> _values = [];
    private readonly HashSet<string> _known = [];
    private readonly List<YamlSection> _children = [];

    private YamlSection(string path, YamlMappingNode? node, List<string> problems)
    {
        _path = path;
        _node = node;
        _problems = problems;
        if (node is null)
        {
            return;
        }

        foreach ((YamlNode key, YamlNode value) in node.Children)
        {
            if (key is YamlScalarNode { Value: { } name })
            {
                _values.Add(name, value);
            }
            else
            {
                Problem(key, path, "has a key that is not a plain word");
            }
        }
    }

    /// <summary>Whether the section was there at all.</summary>
    public bool Exists => _node is not null;

    /// <summary>The keys in file order.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>Parses a text that holds one mapping.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="problems">Receives what is wrong, here and in all later reads of the section.</param>
    /// <returns>The top level, or null if there is none.</returns>
    public static YamlSection? Parse(string yaml, List<string> problems)
    {
        if (SyntaxProblem(yaml) is { } syntaxProblem)
        {
            problems.Add(syntaxProblem);
            return null;
        }

        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException exception)
        {
            problems.Add($"line {exception.Start.Line}: not valid YAML: {OneLine(exception)}");
            return null;
        }

        if (stream.Documents.Count != 1)
        {
            problems.Add($"holds {stream.Documents.Count} YAML documents, one was expected");
            return null;
        }

        if (stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            problems.Add(
                $"line {stream.Documents[0].RootNode.Start.Line}: is {Describe(stream.Documents[0].RootNode)}, 'key: value' lines were "
                    + $"expected"
            );
            return null;
        }

        return new YamlSection("", root, problems);
    }

    /// <summary>A nested mapping; one without any keys if it is missing or something else.</summary>
    public YamlSection Section(string key)
    {
        YamlNode? node = Find(key);
        if (node is not null and not YamlMappingNode)
        {
            Problem(node, PathOf(key), $"is {Describe(node)}, a section was expected");
        }

        YamlSection section = new(PathOf(key), node as YamlMappingNode, _problems);
        _children.Add(section);
        return section;
    }

    /// <summary>A text that is not empty.</summary>
    public string Text(string key)
    {
        YamlNode? node = Find(key);
        if (node is YamlScalarNode { Value: { Length: > 0 } value })
        {
            return value;
        }

        Wrong(node, key, "text");
        return "";
    }

    /// <summary>One of a few words.</summary>
    public string OneOf(string key, params ReadOnlySpan<string> choices)
    {
        YamlNode? node = Find(key);
        if (node is YamlScalarNode { Value: { } value } && choices.Contains(value))
        {
            return value;
        }

        Wrong(node, key, string.Join(" or ", choices!));
        return choices[0];
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public bool Boolean(string key)
    {
        YamlNode? node = Find(key);
        if (ParseBoolean(node) is { } value)
        {
            return value;
        }

        Wrong(node, key, "true or false");
        return false;
    }

    /// <summary>A list of <c>true</c> and <c>false</c>.</summary>
    public IReadOnlyList<bool> Booleans(string key) => List(key, "true or false", ParseBoolean);

    /// <summary>An integer within limits, both included.</summary>
    public int Integer(string key, int minimum, int maximum)
    {
        YamlNode? node = Find(key);
        if (ParseInteger(node, minimum, maximum) is { } value)
        {
            return value;
        }

        Wrong(node, key, $"an integer from {minimum} to {maximum}");
        return minimum;
    }

    /// <summary>A list of integers within limits, both included.</summary>
    public IReadOnlyList<int> Integers(string key, int minimum, int maximum) =>
        List(key, $"an integer from {minimum} to {maximum}", node => ParseInteger(node, minimum, maximum));

    /// <summary>A finite number within limits, both included.</summary>
    public double Number(string key, double minimum, double maximum)
    {
        YamlNode? node = Find(key);
        if (
            node is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text }
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= minimum
            && value <= maximum
        )
        {
            return value;
        }

        Wrong(node, key, string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}"));
        return minimum;
    }

    /// <summary>Records a problem for every key, here and below, that nobody asked for.</summary>
    public void ReportUnknownKeys()
    {
        foreach ((string key, YamlNode node) in _values)
        {
            if (!_known.Contains(key))
            {
                Problem(node, PathOf(key), $"is not a known key; known here are {string.Join(", ", _known)}");
            }
        }

        foreach (YamlSection child in _children.Where(child => child.Exists))
        {
            child.ReportUnknownKeys();
        }
    }

    /// <summary>
    /// Goes through the text once without building anything: the tree builder recurses, so nesting has to be limited before, and the
    /// scanner leaves some mistakes to exceptions of the base library that carry no position.
    /// </summary>
    private static string? SyntaxProblem(string yaml)
    {
        Parser parser = new(new StringReader(yaml));
        long line = 1;
        int depth = 0;
        try
        {
            while (parser.MoveNext())
            {
                line = parser.Current!.End.Line;
                depth += parser.Current.NestingIncrease;
                if (depth > MaxDepth)
                {
                    return $"line {line}: nested more than {MaxDepth} levels deep";
                }
            }
        }
        catch (YamlException exception)
        {
            return $"line {exception.Start.Line}: not valid YAML: {OneLine(exception)}";
        }
        catch (Exception exception)
            when (exception
                    is InvalidOperationException
                        or ArgumentException
                        or FormatException
                        or OverflowException
                        or IndexOutOfRangeException
            )
        {
            return $"line {line}: not valid YAML: the text cannot be parsed from here on";
        }

        return null;
    }

    private static bool? ParseBoolean(YamlNode? node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text }
            ? text switch
            {
                "true" => true,
                "false" => false,
                _ => null,
            }
            : null;

    private static int? ParseInteger(YamlNode? node, int minimum, int maximum) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text }
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
        && value >= minimum
        && value <= maximum
            ? value
            : null;

    private List<T> List<T>(string key, string wanted, Func<YamlNode, T?> parse)
        where T : struct
    {
        List<T> values = [];
        YamlNode? node = Find(key);
        if (node is not YamlSequenceNode sequence)
        {
            Wrong(node, key, $"a list, each entry {wanted}");
            return values;
        }

        for (int i = 0; i < sequence.Children.Count; i++)
        {
            if (parse(sequence.Children[i]) is { } value)
            {
                values.Add(value);
            }
            else
            {
                Wrong(sequence.Children[i], $"{key}[{i}]", wanted);
            }
        }

        return values;
    }

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        if (_values.TryGetValue(key, out YamlNode? node))
        {
            return node;
        }

        // A missing section is reported once, not once per key in it.
        if (Exists)
        {
            _problems.Add($"{PathOf(key)}: is missing");
        }

        return null;
    }

    private void Wrong(YamlNode? node, string key, string wanted)
    {
        if (node is not null)
        {
            Problem(node, PathOf(key), $"is {Describe(node)}, {wanted} was expected");
        }
    }

    private void Problem(YamlNode node, string path, string problem) =>
        _problems.Add($"{(path.Length == 0 ? "top level" : path)} (line {node.Start.Line}): {problem}");

    private string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private static string Describe(YamlNode node) =>
        node switch
        {
            YamlScalarNode { Value: null or "" } => "empty",
            YamlScalarNode scalar => $"'{scalar.Value}'",
            YamlSequenceNode => "a list",
            YamlMappingNode => "a section",
            _ => "something else",
        };

    private static string OneLine(Exception exception) =>
        string.Join(' ', exception.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
