using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Report;

namespace CxrOnnx.Evaluation.Tables;

/// <summary>What a table needs of an <c>evaluation.json</c>.</summary>
/// <param name="Path">The file.</param>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Cases">Number of phrases.</param>
/// <param name="Systems">The systems in the order of the file.</param>
/// <param name="Quoted">Published averages.</param>
/// <param name="Notes">What a reader should know.</param>
public sealed record EvaluationDocument(
    string Path,
    string Dataset,
    int Cases,
    IReadOnlyList<TableSystem> Systems,
    IReadOnlyList<QuotedScore> Quoted,
    IReadOnlyList<string> Notes
)
{
    /// <summary>Name of the column of averages.</summary>
    internal const string Average = "average";

    /// <summary>Classes of the data set in the order of the file, then <c>average</c>.</summary>
    public IReadOnlyList<string> Columns => [.. Systems[0].Columns.Keys];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It is missing or no <c>evaluation.json</c>.</exception>
    public static EvaluationDocument Load(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            EvaluationDocument read = new(
                path,
                root.GetProperty("dataset").GetString()!,
                root.GetProperty("cases").GetInt32(),
                [.. root.GetProperty("systems").EnumerateArray().Select(System)],
                root.TryGetProperty("quoted", out JsonElement quoted) ? [.. quoted.EnumerateArray().Select(QuotedOf)] : [],
                [.. root.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)]
            );
            return read.Systems.Count > 0 && read.Systems.All(system => system.Columns.Keys.SequenceEqual(read.Columns))
                ? read
                : throw new InputException($"{path}: no systems, or not all with the same classes; make it again with cxr evaluate");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path}: is no evaluation.json of cxr evaluate", exception);
        }
    }

    private static TableSystem System(JsonElement system)
    {
        Dictionary<string, TableScore> columns = [];
        foreach (JsonProperty category in system.GetProperty("classes").EnumerateObject())
        {
            columns[category.Name] = Score(category.Value, category.Value.GetProperty("n").GetInt32());
        }

        int all = columns.Values.Sum(score => score.Count);
        columns[Average] = Score(system.GetProperty("average"), all);
        return new TableSystem(system.GetProperty("name").GetString()!, system.GetProperty("description").GetString()!, columns);
    }

    private static TableScore Score(JsonElement score, int count) =>
        new(count, Interval(score.GetProperty("cnr")), Interval(score.GetProperty("miou")));

    private static ConfidenceInterval? Interval(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null
            ? null
            : new ConfidenceInterval(
                value.GetProperty("mean").GetDouble(),
                value.GetProperty("ci95")[0].GetDouble(),
                value.GetProperty("ci95")[1].GetDouble()
            );

    private static QuotedScore QuotedOf(JsonElement quoted) =>
        new(
            quoted.GetProperty("system").GetString()!,
            quoted.GetProperty("cnr").GetDouble(),
            quoted.GetProperty("miou").GetDouble(),
            quoted.GetProperty("source").GetString()!
        );
}
