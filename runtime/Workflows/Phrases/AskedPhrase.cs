using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Workflows.Phrases;

/// <summary>
/// A phrase as it was asked for, and what is grounded for it: the one text that map, box and confidence speak of. The only place that
/// decides it, for the command, the batch and the service.
/// </summary>
public sealed record AskedPhrase
{
    private AskedPhrase(string asked) => Asked = asked;

    /// <summary>The phrase as it was given.</summary>
    public string Asked { get; }

    /// <summary>What is grounded; null where nothing is, because the phrase is denied or refused.</summary>
    public string? Text { get; private init; }

    /// <summary>What the phrase names and says is not there.</summary>
    public IReadOnlyList<ReportStatement> Denies { get; private init; } = [];

    /// <summary>Whether it says of all it names that it is not there, so that there is nothing to ground.</summary>
    public bool IsDenied => Text is null && Refusal is null;

    /// <summary>Why it cannot be answered, or null.</summary>
    public PhraseRefusal? Refusal { get; private init; }

    /// <summary>Whether it reads like a sentence of a report.</summary>
    public bool IsSentence { get; private init; }

    /// <summary>What was left out, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; private init; } = [];

    /// <summary>A phrase whose words are grounded exactly as they stand.</summary>
    public static AskedPhrase Verbatim(string phrase) => new(phrase) { Text = phrase };

    /// <summary>
    /// Reads a phrase. Standard prompts, and phrases that the bundle has stored, stay as they are; free wording and abbreviations of one
    /// finding become its standard prompt; what names no known pathology stays as it is if the bundle knows all its words.
    /// </summary>
    /// <param name="phrase">The phrase.</param>
    /// <param name="grounder">Knows the bundle's vocabulary.</param>
    /// <param name="verbatim">Whether its words are grounded as they stand, whatever they say.</param>
    /// <exception cref="InputException">It is empty, none of its words is known, or the bundle has no tokenizer.</exception>
    public static AskedPhrase Read(string phrase, GroundingPipeline grounder, bool verbatim = false)
    {
        AskedPhrase read = verbatim || grounder.StoredPhrases.Contains(phrase) ? Verbatim(phrase) : Understand(phrase, grounder);
        if (read.Text is { } text)
        {
            // A phrase that cannot be used is found before the minutes that an inversion of a large model takes.
            _ = grounder.Encode(text);
        }

        return read;
    }

    private static AskedPhrase Understand(string phrase, GroundingPipeline grounder)
    {
        PhraseReading reading = PhraseReading.Of(phrase);
        if (reading.IsStandard)
        {
            return Verbatim(phrase);
        }

        AskedPhrase asked = new(phrase) { Denies = reading.Denied, IsSentence = reading.IsSentence };
        if (Refuse(reading) is { } refusal)
        {
            return asked with { Refusal = refusal };
        }

        if (reading.Affirmed.Count == 0)
        {
            return reading.Denied.Count > 0 ? asked : AsItStands(asked, grounder);
        }

        string standard = reading.Affirmed[0].Prompt.Text;
        if (!IsKnown(standard, grounder))
        {
            return reading.Denied.Count > 0 || reading.DeniesUnknown
                ? asked with
                {
                    Refusal = new PhraseRefusal(
                        PhraseRefusal.Negation,
                        $"phrase \"{Excerpt.Of(phrase)}\": says what is not there, and the bundle does not know the standard prompt "
                            + $"\"{standard}\"; ask for what is there alone"
                    ),
                }
                : AsItStands(asked, grounder);
        }

        return asked with
        {
            Text = standard,
            Remarks = [.. Remark(reading)],
        };
    }

    private static PhraseRefusal? Refuse(PhraseReading reading)
    {
        string phrase = $"phrase \"{Excerpt.Of(reading.Phrase.ReplaceLineEndings(" "))}\"";
        const string asItStands = "`verbatim` grounds the words as they stand";
        if (reading.IsReport)
        {
            return new PhraseRefusal(
                PhraseRefusal.Report,
                $"{phrase}: reads like the text of a report, not like a phrase; give it as a report with `report`, which grounds every "
                    + $"finding in it"
            );
        }

        if (reading.Misspelt.Count > 0)
        {
            string words = string.Join(", ", reading.Misspelt.Select(pair => $"\"{pair.Word}\""));
            return new PhraseRefusal(
                PhraseRefusal.UnknownWord,
                $"{phrase}: {words} {(reading.Misspelt.Count == 1 ? "is" : "are")} not known; did you mean "
                    + $"\"{Excerpt.Of(reading.Corrected)}\"? ({asItStands})"
            );
        }

        if (reading.Affirmed.Count > 1)
        {
            string findings = string.Join(", ", reading.Affirmed.Select(finding => $"\"{finding.Prompt.Text}\""));
            return new PhraseRefusal(
                PhraseRefusal.SeveralFindings,
                $"{phrase}: names {reading.Affirmed.Count} findings, and one map shows one; ask for each on its own ({findings}), or give "
                    + $"the text as a report with `report`"
            );
        }

        return reading is { Affirmed.Count: 0, Denied.Count: 0, DeniesUnknown: true }
            ? new PhraseRefusal(
                PhraseRefusal.Negation,
                $"{phrase}: denies something that is none of the known pathologies, and a map cannot show what is not there ({asItStands})"
            )
            : null;
    }

    private static AskedPhrase AsItStands(AskedPhrase asked, GroundingPipeline grounder)
    {
        EncodedPhrase encoded = grounder.Encode(asked.Asked);
        return encoded.LeftOut.Count == 0
            ? asked with
            {
                Text = asked.Asked,
            }
            : asked with
            {
                Refusal = new PhraseRefusal(
                    PhraseRefusal.UnknownWord,
                    $"phrase \"{Excerpt.Of(asked.Asked)}\": this bundle's closed vocabulary does not know "
                        + $"{string.Join(", ", encoded.LeftOut.Take(5).Select(word => $"\"{Excerpt.Of(word)}\""))}, and \"{encoded.Text}\" "
                        + $"alone would be another phrase ('cxr inspect' lists what it knows; `verbatim` grounds the rest)"
                ),
            };
    }

    private static IEnumerable<string> Remark(PhraseReading reading)
    {
        foreach (ReportStatement statement in reading.Denied)
        {
            string place = statement.Locations.Count > 0 ? $" ({string.Join(", ", statement.Locations)})" : "";
            yield return $"not grounded, {SenseWords.Of(statement.Sense)} in the phrase: {statement.Pathology.Name}{place}";
        }

        if (reading.DeniesUnknown)
        {
            yield return "the phrase also denies something that is none of the known pathologies: left out";
        }

        if (reading.Unused.Count > 0)
        {
            yield return $"not used: {string.Join(", ", reading.Unused.Take(5).Select(word => $"\"{Excerpt.Of(word)}\""))}";
        }

        if (reading.IsSentence)
        {
            yield return "reads like a sentence of a report; `report` grounds every finding of a text";
        }
    }

    private static bool IsKnown(string prompt, GroundingPipeline grounder)
    {
        try
        {
            return grounder.Encode(prompt).LeftOut.Count == 0;
        }
        catch (InputException exception) when (exception.Message.Contains(prompt, StringComparison.Ordinal))
        {
            // A closed vocabulary that knows no word of it.
            return false;
        }
    }
}
