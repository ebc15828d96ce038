using System.Text.Json;
using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The fields of a JSON object of an annotation file, with messages that name the file, the entry and the field.</summary>
internal sealed class JsonFields
{
    private readonly JsonElement _object;

    /// <summary>Wraps an object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="where">Its place: "FILE annotations[3]".</param>
    /// <exception cref="InputException">It is none.</exception>
    public JsonFields(JsonElement element, string where)
    {
        Where = where;
        _object =
            element.ValueKind == JsonValueKind.Object
                ? element
                : throw new InputException($"{where}: is {Kind(element)}, an object was expected; is it another file of the data set?");
        HashSet<string> names = new(StringComparer.Ordinal);
        if (
            _object.EnumerateObject().FirstOrDefault(field => !names.Add(field.Name)) is
            { Value.ValueKind: not JsonValueKind.Undefined } twice
        )
        {
            throw new InputException($"{where}: has {twice.Name} twice, and which one holds is not known; remove one");
        }
    }

    /// <summary>Its place.</summary>
    public string Where { get; }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A field that must be there.</summary>
    public JsonElement Element(string name) =>
        Has(name) ? _object.GetProperty(name) : throw new InputException($"{Where}: has no {name}; fill it in, or remove the entry");

    /// <summary>A text that must not be empty.</summary>
    public string Text(string name) =>
        OptionalText(name) ?? throw new InputException($"{Where}: {name} is empty or no text; fill it in, or remove the entry");

    /// <summary>A text, or null where it is not there or empty.</summary>
    public string? OptionalText(string name) =>
        Has(name)
        && _object.GetProperty(name) is { ValueKind: JsonValueKind.String } value
        && value.GetString()!.Trim() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>A text, or the texts of a list; at least one.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Element(name) is not { ValueKind: JsonValueKind.Array } list)
        {
            return [Text(name)];
        }

        string[] texts =
        [
            .. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!.Trim()),
        ];
        return texts.Length == list.GetArrayLength() && texts.Length > 0 && texts.All(text => text.Length > 0)
            ? [.. texts.Distinct()]
            : throw new InputException($"{Where}: {name} is {Shown(list)}, texts were expected; fill them in, or remove the entry");
    }

    /// <summary>A number or text that identifies something.</summary>
    public string Key(string name) =>
        Element(name) is { ValueKind: JsonValueKind.Number or JsonValueKind.String } value
            ? value.ToString()
            : throw new InputException($"{Where}: {name} is {Shown(Element(name))}, a number was expected; mend it, or remove the entry");

    /// <summary>A whole number of pixels, at least 1.</summary>
    public int Pixels(string name) =>
        Element(name) is { ValueKind: JsonValueKind.Number } value
        && value.TryGetDouble(out double number)
        && number is >= 1 and <= 1_000_000
        && number == Math.Floor(number)
            ? (int)number
            : throw new InputException($"{Where}: {name} is {Shown(Element(name))}, a whole number of pixels was expected");

    /// <summary>The objects of a list that must be there.</summary>
    public IEnumerable<JsonFields> Objects(string name) =>
        Element(name) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select((item, i) => new JsonFields(item, $"{Where} {name}[{i}]"))
            : throw new InputException($"{Where}: {name} is {Kind(Element(name))}, a list was expected");

    /// <summary>Every field by its name.</summary>
    public IEnumerable<(string Name, JsonElement Value)> All() => _object.EnumerateObject().Select(item => (item.Name, item.Value));

    /// <summary>The begin of a value, for messages.</summary>
    public static string Shown(JsonElement value) => value.GetRawText() is { Length: > 40 } text ? text[..40] + "..." : value.GetRawText();

    private static string Kind(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => "a list",
            JsonValueKind.Object => "an object",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            _ => value.GetRawText(),
        };
}
