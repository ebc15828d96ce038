namespace CxrOnnx.Core.Prompts;

/// <summary>
/// How a phrase that somebody asks for was understood: what it affirms, what it denies, and whether it is a phrase at all.
/// </summary>
public sealed record PhraseReading
{
    private const int FewestSentenceWords = 5;

    private static readonly HashSet<string> Verbs = Words(
        "is are was were has have there seen noted shows demonstrates remains identified"
    );

    private static readonly HashSet<string> Denials = Words(
        "no not without denies denied negative neg absent absence never neither nor none"
    );

    /// <summary>Every text that is a prompt of one pathology at one location, or of the pathology alone.</summary>
    private static readonly Dictionary<string, Pathology> StandardTexts = Texts();

    private PhraseReading(string phrase) => Phrase = phrase;

    /// <summary>The phrase as it was given.</summary>
    public string Phrase { get; }

    /// <summary>What it says is there, each pathology once.</summary>
    public IReadOnlyList<ReportFinding> Affirmed { get; private init; } = [];

    /// <summary>What it names and says is not there (or gone, history, asked for).</summary>
    public IReadOnlyList<ReportStatement> Denied { get; private init; } = [];

    /// <summary>
    /// Whether it is a standard prompt already, or several of one pathology joined by "and", word for word; case does not matter.
    /// </summary>
    public bool IsStandard { get; private init; }

    /// <summary>Whether it is the text of a report: several sentences, or a report's heading.</summary>
    public bool IsReport { get; private init; }

    /// <summary>Whether it reads like one sentence of a report, not like a phrase.</summary>
    public bool IsSentence { get; private init; }

    /// <summary>Whether it denies something that is none of the known pathologies.</summary>
    public bool DeniesUnknown { get; private init; }

    /// <summary>Words that look like typing errors of words that are known, with what was probably meant.</summary>
    public IReadOnlyList<(string Word, string Meant)> Misspelt { get; private init; } = [];

    /// <summary>
    /// Words that neither name a pathology or a place nor are common in reports: nothing of the standard prompt comes from them.
    /// </summary>
    public IReadOnlyList<string> Unused { get; private init; } = [];

    /// <summary>The phrase with its <see cref="Misspelt"/> words put right.</summary>
    public string Corrected =>
        Misspelt.Aggregate(Phrase, (text, pair) => text.Replace(pair.Word, pair.Meant, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a phrase.</summary>
    /// <param name="phrase">Any text. One in another language affirms and denies nothing.</param>
    public static PhraseReading Of(string phrase)
    {
        string text = phrase.Trim();
        if (IsStandardText(text))
        {
            return new PhraseReading(phrase) { IsStandard = true, Affirmed = ReportParser.Findings(text, anySection: true) };
        }

        List<ReportWord> words = ReportWord.Of(text);
        ReportStatement[] statements = Statements(text);
        int sentences = SentenceSplitter.Split(text).Count(sentence => sentence.Any(char.IsLetter));
        bool hasDenial = DeniesSomething(words);
        return new PhraseReading(phrase)
        {
            Affirmed = ReportReader.Collect(statements),
            Denied = [.. statements.Where(statement => statement.IsDenied)],
            IsReport = sentences > 1 || HasHeading(text),
            IsSentence = words.Count >= FewestSentenceWords && words.Any(word => Verbs.Contains(word.Text)),
            DeniesUnknown = hasDenial && !statements.Any(statement => statement.IsDenied || statement.IsHedged),
            Misspelt = PhraseSpelling.Errors(words),
            Unused = PhraseSpelling.Strange(words),
        };
    }

    private static ReportStatement[] Statements(string text)
    {
        try
        {
            return ReportLanguage.OtherLanguage(text) is null ? [.. ReportParser.Statements(text, anySection: true)] : [];
        }
        catch (InputException)
        {
            // Not one report, but several: nothing that could be grounded as a phrase.
            return [];
        }
    }

    private static bool HasHeading(string text)
    {
        try
        {
            return ReportSections
                .Of(text)
                .Any(section => section.Heading.Length > 0 && section.Kind is not (HeadingKind.Unknown or HeadingKind.Label));
        }
        catch (InputException)
        {
            return true;
        }
    }

    /// <summary>"No change" and "no longer" only sound like a denial.</summary>
    private static bool DeniesSomething(List<ReportWord> words)
    {
        bool[] isNeutral = BackwardScope.NeutralWords(words);
        return words.Where((word, i) => !isNeutral[i] && (Denials.Contains(word.Text) || word.Text == ReportWord.MinusSign)).Any();
    }

    private static bool IsStandardText(string text)
    {
        Pathology?[] parts = [.. text.ToLowerInvariant().Split(" and ").Select(part => StandardTexts.GetValueOrDefault(part))];
        return parts[0] is not null && parts.Distinct().Count() == 1;
    }

    private static Dictionary<string, Pathology> Texts()
    {
        Dictionary<string, Pathology> texts = new(StringComparer.Ordinal);
        foreach (Pathology pathology in Pathology.All)
        {
            foreach (Location location in Location.All)
            {
                texts.TryAdd(new StandardPrompt(pathology, location).Text, pathology);
            }

            // "Edema" alone is at the lungs, which its standard prompt says.
            if (pathology != Pathology.Edema)
            {
                texts.TryAdd(new StandardPrompt(pathology).Text, pathology);
            }
        }

        return texts;
    }

    private static HashSet<string> Words(string words) => [.. words.Split(' ')];
}
