namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Finds in a radiology report, by rules, which of the eight pathologies are present and where: the recogniser that needs no model.
/// </summary>
/// <remarks>
/// Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.1 and appendix D: sentences that name the pathology, without negated and
/// resolved ones; location words; left and right of a zone merged within a sentence and across the report. Our own choices: a sentence with
/// several pathologies is divided between them; an effusion without a zone is pleural; an enlarged heart is at "cardiomegaly"; edema
/// without another place is "pulmonary".
/// </remarks>
public static class ReportParser
{
    /// <summary>The pathologies that a report says are present, each once, in the order in which they are first named.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    /// <param name="anySection">Also read sections that do not describe the images (history, technique, comparison).</param>
    public static IReadOnlyList<ReportFinding> Findings(string report, bool anySection = false) => Collect(Statements(report, anySection));

    /// <summary>The findings of a report whose entities a recogniser has labelled.</summary>
    /// <remarks>
    /// Only words labelled as anatomy name places, and what is labelled as absent is absent; everything else as for plain text.
    /// </remarks>
    public static IReadOnlyList<ReportFinding> Findings(RadGraphReport report) => Collect(Statements(report));

    /// <summary>The sentences that are read for findings.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    public static IEnumerable<string> Sentences(string report) => SentenceSplitter.Split(report, anySection: false);

    /// <summary>The same for a report whose entities a recogniser has labelled.</summary>
    public static IEnumerable<string> Sentences(RadGraphReport report) => report.Sentences().Select(sentence => sentence.Text);

    /// <summary>Every place where a report names a pathology, in order, also those that deny it: for whoever wants to know why.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    /// <param name="anySection">Also read sections that do not describe the images.</param>
    public static IEnumerable<ReportStatement> Statements(string report, bool anySection = false) =>
        SentenceSplitter.Split(report, anySection).SelectMany(sentence => Statements(sentence, ReportWord.Of(sentence), _ => false));

    /// <summary>The same for a report whose entities a recogniser has labelled.</summary>
    public static IEnumerable<ReportStatement> Statements(RadGraphReport report) =>
        report.Sentences().SelectMany(sentence => Statements(sentence.Text, sentence.Words, sentence.IsAbsent));

    /// <summary>
    /// The locations at which a report sees one pathology that is known to be present (from the study's labels), also where it is called by
    /// a wider name: an opacity or a consolidation counts for pneumonia, an opacity for consolidation.
    /// </summary>
    /// <returns>Null if the report does not name it.</returns>
    public static ReportFinding? FindingFor(string report, Pathology pathology) => Combine(Findings(report), pathology);

    /// <summary>The same for a report whose entities a recogniser has labelled.</summary>
    public static ReportFinding? FindingFor(RadGraphReport report, Pathology pathology) => Combine(Findings(report), pathology);

    private static ReportFinding? Combine(IReadOnlyList<ReportFinding> findings, Pathology pathology)
    {
        List<ReportFinding> matching =
        [
            .. findings.Where(finding => finding.Pathology == pathology || WiderNames(pathology).Contains(finding.Pathology)),
        ];
        return matching.Count == 0
            ? null
            : new ReportFinding
            {
                Pathology = pathology,
                Locations = LocationScanner.Merge(matching.SelectMany(finding => finding.Locations)),
                Sentences = [.. matching.SelectMany(finding => finding.Sentences).Distinct()],
                IsUncertain = matching.All(finding => finding.IsUncertain),
            };
    }

    private static IReadOnlyList<Pathology> WiderNames(Pathology pathology) =>
        pathology == Pathology.Pneumonia ? [Pathology.LungOpacity, Pathology.Consolidation]
        : pathology == Pathology.Consolidation ? [Pathology.LungOpacity]
        : [];

    private static List<ReportFinding> Collect(IEnumerable<ReportStatement> statements) =>
        [
            .. statements
                .Where(statement => !statement.IsDenied)
                .GroupBy(statement => statement.Pathology)
                .Select(group => new ReportFinding
                {
                    Pathology = group.Key,
                    Locations = WithDefault(group.Key, LocationScanner.Merge(group.SelectMany(statement => statement.Locations))),
                    Sentences = [.. group.Select(statement => statement.Sentence).Distinct()],
                    IsUncertain = group.All(statement => statement.IsHedged),
                }),
        ];

    private static IReadOnlyList<Location> WithDefault(Pathology pathology, IReadOnlyList<Location> locations)
    {
        if (pathology == Pathology.Cardiomegaly)
        {
            return [Location.Cardiomegaly];
        }

        if (pathology == Pathology.Edema)
        {
            // "Pulmonary" is what edema is called wherever it is; a place says more, unless it is both lungs.
            List<Location> places =
            [
                .. locations.Where(location => location != Location.Pulmonary && location != Location.Of(Side.Bilateral, Zone.Lung)),
            ];
            return places.Count > 0 ? places : [Location.Pulmonary];
        }

        locations = [.. locations.Where(location => location != Location.Pulmonary)];

        // Fluid gathers in the pleura whether the report says so or not.
        return pathology == Pathology.PleuralEffusion
            ? LocationScanner.Merge(
                locations.Select(location => location.Zone == Zone.Lung ? Location.Of(location.Side, Zone.Pleural) : location)
            )
            : locations;
    }

    private static IEnumerable<ReportStatement> Statements(string sentence, List<ReportWord> words, Func<PathologyMention, bool> isAbsent)
    {
        List<PathologyMention> mentions = PathologyMention.Find(words);
        if (mentions.Count == 0)
        {
            yield break;
        }

        int[] ends = Segments(words, mentions);
        List<IReadOnlyList<Location>> locations = [];
        for (int i = 0; i < mentions.Count; i++)
        {
            locations.Add(LocationScanner.Scan(words, i == 0 ? 0 : ends[i - 1], ends[i], index => IsName(mentions, index)));
        }

        for (int i = 0; i < mentions.Count; i++)
        {
            int next = i + 1 < mentions.Count ? mentions[i + 1].First : words.Count;
            yield return new ReportStatement
            {
                Pathology = mentions[i].Pathology,
                Sentence = sentence,
                Locations = locations[i].Count > 0 ? locations[i] : Neighbours(words, mentions, locations, i),
                IsDenied = isAbsent(mentions[i]) || StatementCues.IsDenied(words, mentions[i], next),
                IsHedged = StatementCues.IsHedged(words, mentions[i], i == 0 ? 0 : ends[i - 1], ends[i]),
            };
        }
    }

    /// <summary>Where the words of each mention end: at the last separator before the next mention.</summary>
    private static int[] Segments(List<ReportWord> words, List<PathologyMention> mentions)
    {
        int[] ends = new int[mentions.Count];
        for (int i = 0; i < mentions.Count - 1; i++)
        {
            int cut = mentions[i + 1].First - 1;
            while (cut > mentions[i].Last && !words[cut].IsSeparator)
            {
                cut--;
            }

            // Without a separator the words between describe what follows: "left effusion right basilar atelectasis".
            ends[i] = cut > mentions[i].Last ? cut : mentions[i].Last + 1;
        }

        ends[^1] = words.Count;
        return ends;
    }

    /// <summary>
    /// The locations of the finding that a finding without its own is listed with: "consolidation and effusion at the left base".
    /// </summary>
    private static IReadOnlyList<Location> Neighbours(
        List<ReportWord> words,
        List<PathologyMention> mentions,
        List<IReadOnlyList<Location>> locations,
        int index
    )
    {
        IEnumerable<ReportWord> Between(int left) =>
            words.Skip(mentions[left].Last + 1).Take(mentions[left + 1].First - mentions[left].Last - 1);
        bool IsListed(int left) => Between(left).Count() < 4 && !Between(left).Any(word => word.IsClauseEnd);
        if (index + 1 < mentions.Count && IsListed(index) && locations[index + 1].Count > 0)
        {
            return locations[index + 1];
        }

        return index > 0 && (IsListed(index - 1) || Between(index - 1).Any(IsInterpretation)) ? locations[index - 1] : [];
    }

    /// <summary>Whether a word says what a finding stands for: "opacity in the left lower lobe, which may represent pneumonia".</summary>
    private static bool IsInterpretation(ReportWord word) =>
        word.Text
            is "represent"
                or "represents"
                or "representing"
                or "reflect"
                or "reflects"
                or "reflecting"
                or "concerning"
                or "consistent"
                or "compatible"
                or "suspicious"
                or "worrisome"
                or "suggesting"
                or "suggestive"
                or "suggests"
                or "likely"
                or "due";

    /// <summary>Whether a word is part of a pathology's name, such as the "pleural" of "pleural effusion".</summary>
    private static bool IsName(List<PathologyMention> mentions, int index) =>
        mentions.Any(mention => mention.Pathology != Pathology.Cardiomegaly && index >= mention.First && index <= mention.Last);
}
