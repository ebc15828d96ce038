namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Finds in a radiology report, by rules, which of the eight pathologies are present and where: the recogniser that needs no model.
/// </summary>
/// <remarks>
/// Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.1 and appendix D: sentences that name the pathology, without negated and
/// resolved
/// ones; location words; left and right of a zone merged within a sentence and across the report. Our own choices: a sentence with several
/// pathologies is divided between them; an effusion without a zone is pleural; an enlarged heart is at "cardiomegaly"; edema without
/// another
/// place is "pulmonary".
/// </remarks>
public static class ReportParser
{
    /// <summary>The pathologies that a report says are present, each once, in the order in which they are first named.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    /// <param name="anySection">
    /// Also read sections that do not describe the images (history, technique, comparison): for phrases. One in another language has no
    /// findings.
    /// </param>
    /// <exception cref="InputException">The report is in another language, or not one report (unless all sections are read).</exception>
    public static IReadOnlyList<ReportFinding> Findings(string report, bool anySection = false) =>
        anySection ? OfPhrase(report) : Read(report).Findings;

    /// <summary>Everything that is in a report: findings, what it denies, what was not read and why.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    /// <exception cref="InputException">It is in another language, or not one report.</exception>
    public static ReportReading Read(string report) => ReportReader.Read(report);

    /// <summary>The findings of a report whose entities a recogniser has labelled.</summary>
    /// <remarks>
    /// Only words labelled as anatomy name places, and what is labelled as absent is absent; everything else as for plain text.
    /// </remarks>
    public static IReadOnlyList<ReportFinding> Findings(RadGraphReport report) => ReportReader.Collect(Statements(report));

    /// <summary>The sentences that are read for findings.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    public static IEnumerable<string> Sentences(string report) => SentenceSplitter.Split(report, anySection: false);

    /// <summary>The same for a report whose entities a recogniser has labelled.</summary>
    public static IEnumerable<string> Sentences(RadGraphReport report) => report.Sentences().Select(sentence => sentence.Text);

    /// <summary>Every place where a report names a pathology, in order, also those that deny it: for whoever wants to know why.</summary>
    /// <param name="report">Free text, with or without headings.</param>
    /// <param name="anySection">Also read sections that do not describe the images.</param>
    /// <remarks>
    /// Sentence by sentence: addenda correct nothing here, and the language does not matter; <see cref="Read"/> tells what holds.
    /// </remarks>
    public static IEnumerable<ReportStatement> Statements(string report, bool anySection = false) =>
        SentenceSplitter.Split(report, anySection).SelectMany(SentenceReader.Read);

    /// <summary>The same for a report whose entities a recogniser has labelled.</summary>
    public static IEnumerable<ReportStatement> Statements(RadGraphReport report) =>
        report.Sentences().SelectMany(sentence => SentenceReader.Read(sentence.Text, sentence.Words, sentence.IsAbsent));

    /// <summary>
    /// The locations at which a report sees one pathology that is known to be present (from the study's labels), also where it is called
    /// by a
    /// wider name: an opacity or a consolidation counts for pneumonia, an opacity for consolidation.
    /// </summary>
    /// <returns>Null if the report does not name it, or is in another language.</returns>
    public static ReportFinding? FindingFor(string report, Pathology pathology)
    {
        try
        {
            return Combine(Findings(report), pathology);
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>The same for a report whose entities a recogniser has labelled.</summary>
    public static ReportFinding? FindingFor(RadGraphReport report, Pathology pathology) => Combine(Findings(report), pathology);

    private static ReportFinding? Combine(IReadOnlyList<ReportFinding> findings, Pathology pathology)
    {
        List<ReportFinding> matching = [.. findings.Where(finding => finding.Pathology == pathology
            || WiderNames(pathology).Contains(finding.Pathology))];
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

    private static List<ReportFinding> OfPhrase(string phrase)
    {
        try
        {
            return ReportLanguage.OtherLanguage(phrase) is null ? ReportReader.Collect(Statements(phrase, anySection: true)) : [];
        }
        catch (InputException)
        {
            return [];
        }
    }
}
