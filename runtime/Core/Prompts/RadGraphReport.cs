using System.Text.Json;

namespace CxrOnnx.Core.Prompts;

/// <summary>
/// A report with the entities that RadGraph-XL found in it, read from its JSON output: tokens, and which of them name anatomy or an
/// observation that is present, uncertain or absent.
/// </summary>
/// <remarks>
/// RadGraph-XL (Delbrouck et al. 2024) and RadGraph 1 (Jain et al. 2021, arXiv:2106.14463), whose short labels are read as well.
/// </remarks>
public sealed class RadGraphReport
{
    private readonly string[] _tokens;
    private readonly Label[] _labels;

    private RadGraphReport(string name, string[] tokens, Label[] labels)
    {
        Name = name;
        _tokens = tokens;
        _labels = labels;
    }

    private enum Label
    {
        None,
        Anatomy,
        Observation,
        AbsentObservation,
    }

    /// <summary>The key of the report in the file.</summary>
    public string Name { get; }

    /// <summary>Reads a document that maps report keys to annotated reports.</summary>
    /// <param name="json">The document.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InputException">It is not in that form.</exception>
    public static IReadOnlyList<RadGraphReport> Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateObject().Select(entry => Read(entry.Name, entry.Value, source))];
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException(
                $"{source}: not RadGraph output ({exception.Message}); wanted an object of reports, each with \"text\" and \"entities\"",
                exception
            );
        }
    }

    internal IEnumerable<Sentence> Sentences()
    {
        int start = 0;
        for (int i = 0; i <= _tokens.Length; i++)
        {
            if (i == _tokens.Length || _tokens[i] is "." or "!" or "?")
            {
                if (i > start)
                {
                    yield return SentenceOf(start, i);
                }

                start = i + 1;
            }
        }
    }

    private static RadGraphReport Read(string name, JsonElement report, string source)
    {
        string[] tokens = report.GetProperty("text").GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Label[] labels = new Label[tokens.Length];
        foreach (JsonProperty entity in report.GetProperty("entities").EnumerateObject())
        {
            int first = entity.Value.GetProperty("start_ix").GetInt32();
            int last = entity.Value.GetProperty("end_ix").GetInt32();
            if (first < 0 || last < first || last >= tokens.Length)
            {
                throw new InputException(
                    $"{source}: report {name}, entity {entity.Name}: tokens {first} to {last}, but the text has {tokens.Length}"
                );
            }

            labels.AsSpan(first..(last + 1)).Fill(LabelOf(entity.Value.GetProperty("label").GetString()!));
        }

        return new RadGraphReport(name, tokens, labels);
    }

    private static Label LabelOf(string label) =>
        label switch
        {
            "Anatomy::definitely present" or "ANAT-DP" => Label.Anatomy,
            "Observation::definitely absent" or "OBS-DA" => Label.AbsentObservation,
            _ when label.StartsWith("Observation", StringComparison.Ordinal) || label.StartsWith("OBS", StringComparison.Ordinal) =>
                Label.Observation,
            _ => Label.None,
        };

    private Sentence SentenceOf(int start, int end)
    {
        List<ReportWord> words = [];
        List<Label> labels = [];
        for (int i = start; i < end; i++)
        {
            // A token may hold several of our words: "left-sided".
            foreach (ReportWord word in ReportWord.Of(_tokens[i]))
            {
                words.Add(word with { IsAnatomy = _labels[i] == Label.Anatomy });
                labels.Add(_labels[i]);
            }
        }

        return new Sentence(
            string.Join(' ', _tokens[start..end]),
            words,
            mention => labels.GetRange(mention.First, mention.Last - mention.First + 1).Contains(Label.AbsentObservation)
        );
    }

    internal sealed record Sentence(string Text, List<ReportWord> Words, Func<PathologyMention, bool> IsAbsent);
}
