namespace CxrOnnx.Core.Prompts;

/// <summary>Reads a report from its sections to its statements.</summary>
internal static class ReportReader
{
    private const string NotEnglish = "not in English";
    private const int FirstWords = 8;

    // More foreign text than this and what is left is not the report.
    private const double MostForeign = 0.5;

    /// <summary>Everything that is in a report.</summary>
    /// <exception cref="InputException">It is in another language.</exception>
    public static ReportReading Read(string report)
    {
        List<ReportRemark> remarks = [];
        List<SkippedSection> skipped = [];
        IReadOnlyList<ReportSection> sections = ReportSections.Of(report);
        ReportSection[] read = [.. sections.Where(section => section.IsRead && section.Body.Any(char.IsLetter))];
        IEnumerable<ReportSection> told = read.Length > 0 ? read : sections;
        Refuse(ReportLanguage.OtherLanguage(string.Join('\n', told.Select(section => $"{section.Heading} {section.Body}"))));
        List<ReportSentence> sentences = [];
        List<string> foreign = [];
        string? otherLanguage = null;
        foreach (ReportSection section in sections)
        {
            HashSet<string> NotEnglishOf(string[] texts) => [.. texts.Where(text => ReportLanguage.OtherLanguage(text) is not null)];
            string[] found = [.. SentenceSplitter.Split(section.Body)];
            if (!section.IsRead)
            {
                skipped.Add(Skipped(section.Heading, section.SkipReason!, found, section.Body.Trim().Length));
                continue;
            }

            HashSet<string> others = NotEnglishOf(found);
            otherLanguage ??= others.Select(ReportLanguage.OtherLanguage).FirstOrDefault();
            if (others.Count > 0)
            {
                foreign.AddRange(found.Where(others.Contains));
                skipped.Add(Skipped(section.Heading, NotEnglish, [.. others], others.Sum(sentence => sentence.Length)));
            }

            sentences.AddRange(found.Where(sentence => !others.Contains(sentence)).Select(sentence => Addenda.Sentence(section, sentence)));
        }

        int foreignLength = foreign.Sum(sentence => sentence.Length);
        if (foreignLength > MostForeign * (foreignLength + sentences.Sum(sentence => sentence.Text.Length)))
        {
            Refuse(otherLanguage);
        }

        IReadOnlyList<ReportStatement> corrected = Addenda.Apply(sentences, remarks);
        if (corrected.Count == 0 && ReportLanguage.HasNoEnglish(string.Join(' ', sentences.Select(sentence => sentence.Text))))
        {
            remarks.Add(new("no word of it is known to be English, and nothing was found"));
        }

        Remark(skipped, otherLanguage, sentences.Count > 0, remarks);
        remarks.AddRange(RunTogether(sections));
        remarks.AddRange(SentenceRemarks.Of(sentences.Select(sentence => sentence.Text)));
        return new ReportReading
        {
            Findings = Collect(corrected),
            Denied = [.. corrected.Where(statement => statement.IsDenied)],
            SkippedSections = skipped,
            Remarks = remarks,
            OtherLanguage = otherLanguage,
        };
    }

    /// <summary>The findings that statements make, each pathology once.</summary>
    public static List<ReportFinding> Collect(IEnumerable<ReportStatement> statements) =>
        [
            .. statements
                .Where(statement => !statement.IsDenied)
                .GroupBy(statement => statement.Pathology)
                .Select(group => new ReportFinding
                {
                    Pathology = group.Key,
                    Locations = DefaultPlaces.Of(group.Key, group.Select(statement => statement.Locations)),
                    Sentences = [.. group.Select(statement => statement.Sentence).Distinct()],
                    IsUncertain = group.All(statement => statement.IsHedged),
                }),
        ];

    private static void Refuse(string? language)
    {
        if (language is not null)
        {
            throw new InputException(
                $"the report seems to be written in {language}; only English reports are read, because half-read ones would be wrong"
            );
        }
    }

    private static void Remark(List<SkippedSection> skipped, string? otherLanguage, bool hasText, List<ReportRemark> remarks)
    {
        string[] unknown =
        [
            .. skipped.Where(section => section.Reason == ReportSection.NotKnown).Select(section => section.Name).Distinct(),
        ];
        if (unknown.Length > 0)
        {
            remarks.Add(new("not read, because the heading is not known and findings follow under another", string.Join(", ", unknown)));
        }

        if (skipped.Any(section => section.Reason == ReportSection.BeforeFindings))
        {
            remarks.Add(new("text before the heading of the findings was not read"));
        }

        if (otherLanguage is not null)
        {
            remarks.Add(new("sentences that seem to be in another language were not read", otherLanguage));
        }

        if (!hasText && skipped.Count > 0)
        {
            remarks.Add(new("no findings section, only others", string.Join(", ", skipped.Select(section => section.Name).Distinct())));
        }
    }

    /// <summary>
    /// "COMPARISON: none. The heart is enlarged.": where nothing tells the findings from a section that is not read, they may be in it.
    /// </summary>
    private static IEnumerable<ReportRemark> RunTogether(IReadOnlyList<ReportSection> sections) =>
        sections.Any(section => section.Kind == HeadingKind.Findings)
            ? []
            : sections
                .Where(section => section.SkipReason == ReportSection.NotAboutImages)
                .Where(section =>
                    SentenceSplitter
                        .Split(section.Body)
                        .Skip(1)
                        .SelectMany(SentenceReader.Read)
                        .Any(statement => statement.Sense == StatementSense.Present)
                )
                .Select(section => new ReportRemark(
                    "sentences that name findings were not read, because they stand under this heading",
                    section.Heading
                ))
                .Distinct();

    private static SkippedSection Skipped(string name, string reason, IReadOnlyList<string> sentences, int characters)
    {
        string[] words = sentences.Count == 0 ? [] : sentences[0].Split(' ');
        return new SkippedSection
        {
            Name = name,
            Reason = reason,
            Sentences = sentences.Count,
            Characters = characters,
            FirstWords = string.Join(' ', words.Take(FirstWords)) + (words.Length > FirstWords || sentences.Count > 1 ? " ..." : ""),
        };
    }
}
