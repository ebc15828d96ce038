using System.Text.Json;

namespace CxrOnnx.Core.Prompts;

/// <summary>Reads the forms in which RadGraph's labels are published; see <see cref="RadGraphReport.Parse"/>.</summary>
internal static class RadGraphDocument
{
    private static readonly string[] Labellers = ["labeler_1", "labeler_2"];

    /// <summary>Reads a document.</summary>
    /// <exception cref="InputException">It is in none of the forms; names the report or the line.</exception>
    public static IReadOnlyList<RadGraphReport> Parse(string text, string source)
    {
        RadGraphReport[] reports;
        try
        {
            reports = FirstLine(text) is { } first && IsDocument(first) ? [.. OfLines(text, source)] : [.. OfWhole(text, source)];
        }
        catch (Exception exception)
            when (exception
                    is JsonException
                        or InvalidOperationException
                        or KeyNotFoundException
                        or FormatException
                        or IndexOutOfRangeException
            )
        {
            throw new InputException(
                $"{source}: not RadGraph output ({exception.Message}); wanted an object of reports, each with \"text\" and "
                    + $"\"entities\", or "
                    + $"lines with \"doc_key\", \"sentences\" and \"ner\"",
                exception
            );
        }

        return reports.GroupBy(report => report.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InputException($"{source}: two reports are called {twice.Key}; remove one")
            : reports;
    }

    private static string? FirstLine(string text) => text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0);

    /// <summary>Whether a line is a whole document with sentences.</summary>
    private static bool IsDocument(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("sentences", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<RadGraphReport> OfLines(string text, string source)
    {
        foreach ((int index, string line) in text.Split('\n').Index())
        {
            if (line.Trim().Length > 0)
            {
                JsonDocument document;
                try
                {
                    document = JsonDocument.Parse(line);
                }
                catch (JsonException exception)
                {
                    throw new InputException($"{source} line {index + 1}: is no JSON; fetch the file again", exception);
                }

                using (document)
                {
                    yield return OfSentences(document.RootElement, $"{source} line {index + 1}");
                }
            }
        }
    }

    private static IEnumerable<RadGraphReport> OfWhole(string text, string source)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind == JsonValueKind.Array)
        {
            JsonElement[] items = [.. document.RootElement.EnumerateArray()];
            return items.Length > 0
                ? [.. items.Select((item, i) => OfSentences(item, $"{source} [{i}]"))]
                : throw new FormatException("an empty list");
        }

        return [.. document.RootElement.EnumerateObject().Select(entry => OfEntities(entry.Name, entry.Value, source))];
    }

    private static RadGraphReport OfEntities(string name, JsonElement report, string source)
    {
        string[] tokens = report.GetProperty("text").GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? labeller = report.TryGetProperty("entities", out JsonElement entities)
            ? null
            : Labellers.FirstOrDefault(person => report.TryGetProperty(person, out _));
        entities = labeller is null ? report.GetProperty("entities") : report.GetProperty(labeller).GetProperty("entities");
        RadGraphLabel[] labels = new RadGraphLabel[tokens.Length];
        foreach (JsonProperty entity in entities.EnumerateObject())
        {
            Fill(
                labels,
                entity.Value.GetProperty("start_ix").GetInt32(),
                entity.Value.GetProperty("end_ix").GetInt32(),
                entity.Value.GetProperty("label").GetString()!,
                $"{source}: report {name}, entity {entity.Name}"
            );
        }

        return new RadGraphReport(name, labeller, tokens, labels);
    }

    private static RadGraphReport OfSentences(JsonElement document, string where)
    {
        string[] Missing(params string[] names) => [.. names.Where(name => !document.TryGetProperty(name, out _))];
        if (document.ValueKind != JsonValueKind.Object || Missing("doc_key", "sentences") is { Length: > 0 })
        {
            throw new InputException($"{where}: no document with \"doc_key\", \"sentences\" and \"ner\"; is it another file?");
        }

        string name = document.GetProperty("doc_key").ToString();
        string[] tokens =
        [
            .. document
                .GetProperty("sentences")
                .EnumerateArray()
                .SelectMany(sentence => sentence.EnumerateArray().Select(token => token.GetString()!)),
        ];
        RadGraphLabel[] labels = new RadGraphLabel[tokens.Length];
        JsonElement spans =
            document.TryGetProperty("ner", out JsonElement given) ? given
            : document.TryGetProperty("predicted_ner", out JsonElement predicted) ? predicted
            : throw new InputException($"{where}: report {name} has neither \"ner\" nor \"predicted_ner\"; is it another file?");

        // Spans count tokens through the whole document, whatever sentence they stand with.
        foreach (JsonElement span in spans.EnumerateArray().SelectMany(sentence => sentence.EnumerateArray()))
        {
            Fill(labels, span[0].GetInt32(), span[1].GetInt32(), span[2].GetString()!, $"{where}: report {name}");
        }

        return new RadGraphReport(name, null, tokens, labels);
    }

    private static void Fill(RadGraphLabel[] labels, int first, int last, string label, string where)
    {
        if (first < 0 || last < first || last >= labels.Length)
        {
            throw new InputException($"{where}: tokens {first} to {last}, but the text has {labels.Length}");
        }

        labels.AsSpan(first..(last + 1)).Fill(LabelOf(label));
    }

    private static RadGraphLabel LabelOf(string label) =>
        label switch
        {
            "Anatomy::definitely present" or "ANAT-DP" => RadGraphLabel.Anatomy,
            "Observation::definitely absent" or "OBS-DA" => RadGraphLabel.AbsentObservation,
            _ when label.StartsWith("Observation", StringComparison.Ordinal) || label.StartsWith("OBS", StringComparison.Ordinal) =>
                RadGraphLabel.Observation,
            _ => RadGraphLabel.None,
        };
}
