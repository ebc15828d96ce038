namespace CxrOnnx.Core.Prompts;

/// <summary>Signs that are named beside the finding they stand for.</summary>
internal static class SignsAndDiagnoses
{
    private static readonly PhraseTable Means = new(
        "consistent",
        "compatible",
        "representing",
        "represents",
        "represent",
        "reflecting",
        "reflects",
        "reflect",
        "keeping",
        "due",
        "secondary",
        "indicating",
        "indicates",
        "indicative",
        "related to"
    );

    private static readonly PhraseTable MayMean = new(
        "may",
        "might",
        "could",
        "likely",
        "probably",
        "possibly",
        "suggest|suggests|suggesting|suggestive",
        "concerning",
        "concern for",
        "suspicious",
        "worrisome",
        "versus",
        "vs",
        "favor|favors|favoring|favored",
        "perhaps",
        "presumably",
        "potentially",
        "raising|raises",
        "question",
        "?"
    );

    private static readonly PhraseTable Parts = new("and", "no", "not", "without", "or", "versus", "vs");

    private static readonly PhraseTable Alternatives = new("may", "might", "could", "versus", "vs", "or", "?", "possibly");

    /// <summary>
    /// Whether the words after a mention explain it away: "most likely represent nipple shadows", but not "versus a skin fold".
    /// </summary>
    public static bool IsExplainedAway(IReadOnlyList<ReportWord> words, int first, int end)
    {
        bool isExplained = false;
        for (int i = first; i < end && !words[i].IsClauseEnd; i++)
        {
            if (isExplained && DenialCues.Illusions.Match(words, i, end) > 0)
            {
                return !Alternatives.IsIn(words, first, end);
            }

            isExplained |= IsInterpretation(words, i) || words[i].Text is "is" or "are" or "from";
        }

        return false;
    }

    /// <summary>
    /// Whether a word begins to say what a finding stands for: "opacity in the left lower lobe, which may represent pneumonia".
    /// </summary>
    public static bool IsInterpretation(IReadOnlyList<ReportWord> words, int at) =>
        Means.Match(words, at, words.Count) > 0 || MayMean.Match(words, at, words.Count) > 0;

    /// <summary>The word that begins to say what a sign stands for; the word after the sign if none does.</summary>
    public static int InterpretationAfter(IReadOnlyList<ReportWord> words, PathologyMention sign)
    {
        int i = sign.Last + 1;
        while (i < words.Count && !IsInterpretation(words, i))
        {
            i++;
        }

        return i < words.Count ? i : sign.Last + 1;
    }

    /// <summary>
    /// Whether an opacity or a consolidation is only the sign of the diagnosis that follows without a doubt: "opacity in the left lower
    /// lobe
    /// consistent with pneumonia". Where the diagnosis is hedged the sign is the finding that is certain, and both stay. A blunted angle
    /// is the
    /// effusion that explains it, hedged or not.
    /// </summary>
    public static bool StandsFor(IReadOnlyList<ReportWord> words, PathologyMention sign, PathologyMention diagnosis)
    {
        int first = sign.Last + 1,
            end = diagnosis.FirstWithSign;
        if (diagnosis.IsElliptic || Enumerable.Range(first, Math.Max(0, end - first)).Any(i => words[i].IsClauseEnd))
        {
            return false;
        }

        if (sign.IsSign)
        {
            return sign.Pathology == diagnosis.Pathology && (Means.IsIn(words, first, end) || MayMean.IsIn(words, first, end));
        }

        bool isSign =
            sign.Pathology == Pathology.LungOpacity
            || (sign.Pathology == Pathology.Consolidation && diagnosis.Pathology == Pathology.Pneumonia);
        bool isDiagnosis =
            diagnosis.Pathology == Pathology.Pneumonia
            || diagnosis.Pathology == Pathology.Atelectasis
            || diagnosis.Pathology == Pathology.Edema
            || diagnosis.Pathology == Pathology.Consolidation;
        return isSign
            && isDiagnosis
            && sign.Pathology != diagnosis.Pathology
            && (Means.IsIn(words, first, end) || (end > first && words[end - 1].Text is "is" or "are"))
            && !MayMean.IsIn(words, first, end)
            && !Parts.IsIn(words, first, end);
    }
}
