namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Says what the text under a heading is, by the heading's words; case, marks, brackets and one or two typing errors do not matter.
/// </summary>
internal static class ReportHeadings
{
    /// <summary>Words of the longest heading; longer ones are sentences with a colon.</summary>
    public const int MostWords = 8;

    private static readonly HashSet<string> FindingsWords = Words(
        "finding findings impression impressions conclusion conclusions interpretation opinion summary result results observation "
            + "observations "
            + "description discussion assessment"
    );

    private static readonly HashSet<string> TitleWords = Words(
        "report reports narrative body final radiology official text dictation read"
    );

    private static readonly HashSet<string> AddendumWords = Words(
        "addendum addenda addendums amendment amended correction corrections corrected revision revised"
    );

    private static readonly HashSet<string> PreliminaryWords = Words("wet preliminary prelim provisional ed er");

    // What the referring physician knows or asks. "Clinical findings" and "prior report" are not this report's findings either.
    private static readonly HashSet<string> AskedWords = Words(
        "reason reasons indication indications history histories hx pmh pmhx hpi clinical medical condition conditions complaint "
            + "complaints symptom symptoms signs "
            + "presentation presenting question questions background context concern concerns request requested referral referred "
            + "information details "
            + "diagnosis diagnoses problem problems underlying admitting evaluate eval evaluation rule query physical previous prior "
            + "priors outside past "
            + "dx surgery surgical medications allergies triage chief surveillance nurse nursing purpose"
    );

    // How the image was taken and what it is compared with.
    private static readonly HashSet<string> ImagingWords = Words(
        "technique techniques technical procedure procedures protocol exam exams examination examinations study studies comparison "
            + "comparisons comp "
            + "contrast dose exposure modality type series accession projection"
    );

    // What others are to do, and who was told.
    private static readonly HashSet<string> NoticeWords = Words(
        "recommendation recommendations recommend recommended suggestion suggestions notification notifications notified "
            + "communication communicated followup "
            + "follow plan critical disclaimer attestation teaching"
    );

    private static readonly HashSet<string> OfficeWords = Words(
        "name patient mrn dob date time age sex gender physician physicians doctor provider radiologist radiologists resident "
            + "attending fellow dictated "
            + "transcribed transcriptionist signed signature signatures electronically interpreted reviewed approved verified by ward unit "
            + "order ordering ordered "
            + "referring hospital department facility service icd cpt code codes cc job document status location room site"
    );

    // The patient's parts and the names of views.
    private static readonly HashSet<string> LabelWords = Words(
        "heart lung lungs pleura pleural space spaces mediastinum mediastinal cardiomediastinal cardiac silhouette cardiovascular "
            + "hila hilum hilar airway "
            + "airways airspace airspaces trachea tracheobronchial bone bones bony osseous skeleton skeletal soft tissue tissues diaphragm "
            + "diaphragms hemidiaphragm "
            + "hemidiaphragms abdomen upper abdominal lines line tubes tube catheters devices device support hardware lower middle mid "
            + "right left both bilateral "
            + "vessels vasculature pulmonary vascular aorta wall thorax spine ribs structures other others size contour contours "
            + "parenchyma base bases "
            + "apex apices zone zones lobe lobes costophrenic angle angles sulci cavity cavities cp neck breast breasts hemithorax "
            + "musculoskeletal msk interstitium "
            + "great thoracic limitations quality inspiration visualized extrapulmonary cardiopulmonary"
    );

    private static readonly HashSet<string> ViewWords = Words(
        "chest radiograph radiographs radiography xray x ray rays cxr xr dx view views portable ap pa lateral lat frontal supine "
            + "upright erect single two one "
            + "three film films image images imaging semi bedside mobile ribs"
    );

    // Words that join the others.
    private static readonly HashSet<string> Connectors = Words(
        "of for and the or to with a an in on at from this today current new brief pertinent relevant s"
    );

    // A sentence, not a heading.
    private static readonly HashSet<string> SentenceWords = Words(
        "is are was were has have had there no not be been being without shows showed shown show seen noted demonstrates compared "
            + "which that he she it"
    );

    // Under these an image's findings are not told, even if "findings" or "report" is part of the heading.
    private static readonly HashSet<string> Vetoes = Words(
        "clinical physical previous prior priors outside past critical reason history comparison indication indications dictated signed "
            + "transcribed electronically by recommendation recommendations notification communication communicated"
    );

    private static readonly (HashSet<string> Words, HeadingKind Kind)[] Tables =
    [
        (AddendumWords, HeadingKind.Addendum),
        (PreliminaryWords, HeadingKind.Preliminary),
        (FindingsWords, HeadingKind.Findings),
        (AskedWords, HeadingKind.Skipped),
        (ImagingWords, HeadingKind.Skipped),
        (NoticeWords, HeadingKind.Skipped),
        (OfficeWords, HeadingKind.Skipped),
        (TitleWords, HeadingKind.Title),
        (LabelWords, HeadingKind.Label),
        (ViewWords, HeadingKind.Label),
    ];

    /// <summary>The kind of a heading with a colon behind it.</summary>
    public static HeadingKind KindOf(string heading)
    {
        List<string> words = [.. WordsOf(heading).Select(Corrected)];
        if (words.Count is 0 or > MostWords || words.Any(SentenceWords.Contains))
        {
            return HeadingKind.None;
        }

        List<string> telling = [.. words.Where(word => !Connectors.Contains(word))];
        if (telling.Count == 0)
        {
            return HeadingKind.None;
        }

        HeadingKind kind = telling.Any(Vetoes.Contains) && !telling.Any(AddendumWords.Contains) ? VetoedKind(telling) : FirstKind(telling);
        if (kind is HeadingKind.Label or HeadingKind.Title or HeadingKind.Preliminary && !telling.All(IsKnown))
        {
            kind = HeadingKind.Unknown;
        }

        // "Pneumothorax: none" is a statement.
        return kind is HeadingKind.Unknown or HeadingKind.Label && PathologyMention.Find(ReportWord.Of(heading)).Count > 0
            ? HeadingKind.None
            : kind;
    }

    /// <summary>
    /// The kind of words that stand where a heading may stand but have no colon: a heading only if nothing else can be meant, since
    /// every line
    /// of capitals ("PORTABLE CHEST EXAM") would be one otherwise.
    /// </summary>
    public static HeadingKind KindOfBareLine(string line)
    {
        List<string> words = [.. WordsOf(line).Select(Corrected)];
        HeadingKind kind = words.Count is > 0 and <= 5 ? KindOf(line) : HeadingKind.None;
        bool isKnown = words.All(word =>
            Connectors.Contains(word) || (IsKnown(word) && !LabelWords.Contains(word) && !ViewWords.Contains(word))
        );
        bool isLoud =
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .All(word => !char.IsLower(word.FirstOrDefault(char.IsLetter)) || Connectors.Contains(word))
            || words.Count == 1;
        return
            isKnown
            && isLoud
            && kind is HeadingKind.Findings or HeadingKind.Title or HeadingKind.Addendum or HeadingKind.Preliminary or HeadingKind.Skipped
            && !words.Any(OfficeWords.Contains)
            ? kind
            : HeadingKind.None;
    }

    /// <summary>Whether every word belongs to headings and is no part of the body: such words are a heading also amid a line.</summary>
    public static bool IsPlain(string heading) =>
        WordsOf(heading)
            .Select(Corrected)
            .All(word => Connectors.Contains(word) || (IsKnown(word) && !LabelWords.Contains(word) && !ViewWords.Contains(word)));

    /// <summary>The kind where a veto counts: "wet read" and "final report, signed" have vetoed words too.</summary>
    private static HeadingKind VetoedKind(List<string> words) =>
        words.Any(PreliminaryWords.Contains) ? HeadingKind.Preliminary
        // "History and findings", "comparison/findings": the findings are in it.
        : words.Any(word => word is "findings" or "impression")
        && !words.Any(word => word is "clinical" or "physical" or "previous" or "prior" or "outside" or "critical" or "reason")
            ? HeadingKind.Findings
        : HeadingKind.Skipped;

    private static HeadingKind FirstKind(List<string> words)
    {
        foreach ((HashSet<string> table, HeadingKind kind) in Tables)
        {
            if (words.Any(table.Contains))
            {
                return kind;
            }
        }

        return HeadingKind.Unknown;
    }

    private static bool IsKnown(string word) =>
        Connectors.Contains(word) || word.All(char.IsDigit) || Tables.Any(table => table.Words.Contains(word));

    /// <summary>The words, without what stands in brackets unless all of it does.</summary>
    private static IEnumerable<string> WordsOf(string heading)
    {
        int depth = 0;
        char[] kept =
        [
            .. heading.Where(character =>
            {
                depth += character == '(' ? 1 : 0;
                bool keep = depth == 0;
                depth -= character == ')' && depth > 0 ? 1 : 0;
                return keep;
            }),
        ];
        string text = kept.Any(char.IsLetter) ? new string(kept) : heading;
        return new string([.. text.ToLowerInvariant().Select(character => char.IsLetterOrDigit(character) ? character : ' ')]).Split(
            ' ',
            StringSplitOptions.RemoveEmptyEntries
        );
    }

    /// <summary>The word of a table that a mistyped word most likely is; the word itself if it is known or like none.</summary>
    private static string Corrected(string word)
    {
        if (word.Length < 5 || IsKnown(word) || SentenceWords.Contains(word))
        {
            return word;
        }

        int allowed = word.Length >= 8 ? 2 : 1;
        return Tables
                .Where(table =>
                    table.Kind is HeadingKind.Findings or HeadingKind.Skipped or HeadingKind.Addendum or HeadingKind.Preliminary
                )
                .SelectMany(table => table.Words)
                .FirstOrDefault(known => known.Length >= 6 && known[0] == word[0] && TypingErrors.AtMost(word, known, allowed))
            ?? word;
    }

    private static HashSet<string> Words(string words) => [.. words.Split(' ')];
}
