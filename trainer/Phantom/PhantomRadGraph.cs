using System.Text.Json;

namespace CxrOnnx.Phantom;

/// <summary>
/// A synthetic report as RadGraph-XL writes its results: tokens separated by blanks, and entities over them. Words of one place are
/// entities of their own that modify the last of them; a finding is located at the place that its sentence names last before it, or else
/// first after it.
/// </summary>
/// <remarks>
/// Delbrouck et al. 2024; the form of Jain et al. 2021 (arXiv:2106.14463). Only findings and impression are annotated, as is usual.
/// </remarks>
internal static class PhantomRadGraph
{
    /// <summary>Writes one report as a property of the document.</summary>
    /// <param name="json">Writer inside the document's object.</param>
    /// <param name="key">Name of the report.</param>
    /// <param name="report">Its text.</param>
    /// <param name="entities">Its labelled stretches, in order.</param>
    public static void Write(Utf8JsonWriter json, string key, string report, IReadOnlyList<ReportEntity> entities)
    {
        int begin = Math.Max(0, report.IndexOf("FINDINGS:", StringComparison.Ordinal));
        List<(int Start, int End)> tokens = Tokens(report, begin);
        List<Entity> found = [.. entities.Where(entity => entity.Start >= begin).SelectMany(entity => Split(entity, tokens))];
        json.WriteStartObject(key);
        json.WriteString("text", string.Join(' ', tokens.Select(token => report[token.Start..token.End])));
        json.WriteStartObject("entities");
        foreach ((int number, Entity entity) in found.Index())
        {
            json.WriteStartObject((number + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString(
                "tokens",
                string.Join(' ', tokens[entity.First..(entity.Last + 1)].Select(token => report[token.Start..token.End]))
            );
            json.WriteString("label", LabelOf(entity.Kind));
            json.WriteNumber("start_ix", entity.First);
            json.WriteNumber("end_ix", entity.Last);
            json.WriteStartArray("relations");
            if (RelationOf(found, number, tokens, report) is (string name, int target))
            {
                json.WriteStartArray();
                json.WriteStringValue(name);
                json.WriteStringValue((target + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNull("data_source");
        json.WriteString("data_split", "inference");
        json.WriteEndObject();
    }

    /// <summary>Words, and punctuation marks as tokens of their own; a mark inside a word ("4.5", "left-sided") belongs to it.</summary>
    private static List<(int Start, int End)> Tokens(string text, int begin)
    {
        List<(int, int)> tokens = [];
        int start = -1;
        for (int i = begin; i <= text.Length; i++)
        {
            bool blank = i == text.Length || char.IsWhiteSpace(text[i]);
            bool mark =
                !blank && text[i] is '.' or ',' or ':' or ';' or '/' && (i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1]));
            if ((blank || mark) && start >= 0)
            {
                tokens.Add((start, i));
                start = -1;
            }

            if (mark)
            {
                tokens.Add((i, i + 1));
            }
            else if (!blank && start < 0)
            {
                start = i;
            }
        }

        return tokens;
    }

    private static IEnumerable<Entity> Split(ReportEntity entity, List<(int Start, int End)> tokens)
    {
        int first = tokens.FindIndex(token => token.End > entity.Start),
            last = tokens.FindLastIndex(token => token.Start < entity.Start + entity.Length);
        return entity.Kind == ReportEntityKind.Anatomy
            ? Enumerable.Range(first, last - first + 1).Select(token => new Entity(token, token, entity.Kind, last))
            : [new Entity(first, last, entity.Kind, last)];
    }

    private static (string Name, int Target)? RelationOf(
        List<Entity> entities,
        int number,
        List<(int Start, int End)> tokens,
        string report
    )
    {
        Entity entity = entities[number];
        if (entity.Kind == ReportEntityKind.Anatomy)
        {
            int head = entities.FindIndex(other => other.Kind == ReportEntityKind.Anatomy && other.Last == entity.Head);
            return head == number ? null : ("modify", head);
        }

        bool SameSentence(Entity other) =>
            !tokens[Math.Min(entity.Last, other.Last)..Math.Max(entity.First, other.First)]
                .Exists(token => report[token.Start..token.End] == ".");
        bool IsPlace(Entity other) => other.Kind == ReportEntityKind.Anatomy && other.Last == other.Head && SameSentence(other);
        int before = entities.FindLastIndex(number, other => IsPlace(other)),
            after = entities.FindIndex(number, IsPlace);
        return before >= 0 ? ("located_at", before)
            : after >= 0 ? ("located_at", after)
            : null;
    }

    private static string LabelOf(ReportEntityKind kind) =>
        kind switch
        {
            ReportEntityKind.Anatomy => "Anatomy::definitely present",
            ReportEntityKind.Present => "Observation::definitely present",
            ReportEntityKind.Uncertain => "Observation::uncertain",
            _ => "Observation::definitely absent",
        };

    private readonly record struct Entity(int First, int Last, ReportEntityKind Kind, int Head);
}
