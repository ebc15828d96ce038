namespace CxrOnnx.Core.Prompts;

/// <summary>
/// A report with the entities that RadGraph found in it: tokens, and which of them name anatomy or an observation that is present,
/// uncertain or absent.
/// </summary>
/// <remarks>
/// RadGraph-XL (Delbrouck et al. 2024) and RadGraph 1 (Jain et al. 2021, arXiv:2106.14463), whose short labels are read as well.
/// </remarks>
public sealed class RadGraphReport
{
    private readonly IReadOnlyList<string> _tokens;
    private readonly IReadOnlyList<RadGraphLabel> _labels;

    internal RadGraphReport(string name, string? labeller, IReadOnlyList<string> tokens, IReadOnlyList<RadGraphLabel> labels)
    {
        Name = name;
        Labeller = labeller;
        _tokens = tokens;
        _labels = labels;
    }

    /// <summary>The key of the report in the file.</summary>
    public string Name { get; }

    /// <summary>Whose labels they are, where the file has those of several people (RadGraph 1's test set); else null.</summary>
    public string? Labeller { get; }

    /// <summary>The report's words, as the recogniser cut them, with blanks between.</summary>
    public string Text => string.Join(' ', _tokens);

    /// <summary>Reads a document of any of the published forms.</summary>
    /// <param name="text">The document: JSON, or JSON lines.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <returns>The reports in the order of the document.</returns>
    /// <remarks>
    /// An object that maps keys to reports with <c>text</c> and <c>entities</c> (the package's output and RadGraph 1's inference files), or
    /// with <c>labeler_1</c> and <c>labeler_2</c> in place of <c>entities</c> (RadGraph 1's test set, of which the first labeller's are
    /// taken); or documents with <c>doc_key</c>, <c>sentences</c> and <c>ner</c>, one a line or in a list (RadGraph-XL's own form).
    /// </remarks>
    /// <exception cref="InputException">It is in none of these forms.</exception>
    public static IReadOnlyList<RadGraphReport> Parse(string text, string source) => RadGraphDocument.Parse(text, source);

    /// <summary>
    /// Whether the keys are the package's own numbers, 0 to one less than there are, which say nothing but the order in which the texts
    /// were given.
    /// </summary>
    public static bool AreNumbered(IReadOnlyList<RadGraphReport> reports) =>
        reports.Count > 0
        && reports
            .Select(report => report.Name)
            .ToHashSet()
            .SetEquals(Enumerable.Range(0, reports.Count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    internal IEnumerable<Sentence> Sentences()
    {
        int start = 0;
        for (int i = 0; i <= _tokens.Count; i++)
        {
            if (i == _tokens.Count || _tokens[i] is "." or "!" or "?")
            {
                if (i > start)
                {
                    yield return SentenceOf(start, i);
                }

                start = i + 1;
            }
        }
    }

    private Sentence SentenceOf(int start, int end)
    {
        List<ReportWord> words = [];
        List<RadGraphLabel> labels = [];
        for (int i = start; i < end; i++)
        {
            // A token may hold several of our words: "left-sided".
            foreach (ReportWord word in ReportWord.Of(_tokens[i]))
            {
                words.Add(word with { IsAnatomy = _labels[i] == RadGraphLabel.Anatomy });
                labels.Add(_labels[i]);
            }
        }

        return new Sentence(
            string.Join(' ', _tokens.Skip(start).Take(end - start)),
            words,
            mention => labels.GetRange(mention.First, mention.Last - mention.First + 1).Contains(RadGraphLabel.AbsentObservation)
        );
    }

    internal sealed record Sentence(string Text, List<ReportWord> Words, Func<PathologyMention, bool> IsAbsent);
}
