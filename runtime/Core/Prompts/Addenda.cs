namespace CxrOnnx.Core.Prompts;

/// <summary>Lets the corrections of an addendum hold: a side that it changes, a finding that it takes back.</summary>
internal static class Addenda
{
    private static readonly PhraseTable Corrections = new(
        "should ~ read|state|say|have|be", "should instead read|state|say|be", "corrected to", "correction", "in error", "erroneous|erroneously", "misstated", "typographical|dictation|transcription error",
        "incorrectly", "mislabeled|mislabelled", "wrong side");

    /// <summary>Whether a sentence says outside of an addendum that the report is wrong.</summary>
    public static bool IsCorrection(string sentence)
    {
        List<ReportWord> words = ReportWord.Of(sentence);
        return StrictCorrections.IsIn(words, 0, words.Count);
    }

    private static readonly PhraseTable StrictCorrections = new("should ~ read|state|say", "should instead read|state|say", "corrected to read", "typographical|dictation|transcription error");

    /// <summary>The statements, with those taken back that an addendum contradicts.</summary>
    /// <param name="statements">All statements in order.</param>
    /// <param name="sentences">The sentences of addenda.</param>
    /// <param name="remarks">Takes what the reader should know.</param>
    public static IReadOnlyList<ReportStatement> Apply(
        IReadOnlyList<(bool IsAddendum, ReportStatement Statement)> statements, IReadOnlyList<string> sentences, List<string> remarks)
    {
        ReportStatement[] result = [.. statements.Select(item => item.Statement)];
        for (int i = 0; i < result.Length; i++)
        {
            if (statements[i].IsAddendum && result[i].Sense is StatementSense.Present or StatementSense.Absent)
            {
                TakeBack(statements, result, i, remarks);
            }
        }

        foreach (string sentence in sentences.Where(sentence => SentenceReader.Read(sentence).All(statement => statement.IsDenied)))
        {
            CorrectNamelessSide(sentence, statements, result, remarks);
        }

        return result;
    }

    private static void TakeBack(IReadOnlyList<(bool IsAddendum, ReportStatement Statement)> statements, ReportStatement[] result, int index, List<string> remarks)
    {
        ReportStatement correction = result[index];
        Side? side = SideOf(correction.Locations);
        bool corrects = IsCorrecting(correction.Sentence);
        for (int i = 0; i < result.Length; i++)
        {
            if (statements[i].IsAddendum || result[i].IsDenied || result[i].Pathology != correction.Pathology)
            {
                continue;
            }

            Side? other = SideOf(result[i].Locations);
            bool takesBack = correction.Sense == StatementSense.Absent
                ? side is null || other is null ? correction.Locations.Count == 0 || corrects : side == other
                : corrects && side is Side.Left or Side.Right && other is not null && other != side;
            if (takesBack)
            {
                result[i] = result[i] with { Sense = StatementSense.Corrected };
                string remark = $"an addendum takes back \"{result[i].Sentence}\"";
                if (!remarks.Contains(remark))
                {
                    remarks.Add(remark);
                }
            }
        }
    }

    /// <summary>Whether a sentence of an addendum puts one side for the other, or says that the report is wrong.</summary>
    private static bool IsCorrecting(string sentence)
    {
        List<ReportWord> words = ReportWord.Of(sentence);
        bool bothSides = words.Any(word => word.Text == "left") && words.Any(word => word.Text == "right")
            && words.Any(word => word.Text is "not" or "rather" or "instead" or "no");
        return bothSides || Corrections.IsIn(words, 0, words.Count);
    }

    /// <summary>
    /// "Should read right, not left" names no finding: it belongs to the only one on the wrong side. Where several are, none of them keeps a place.
    /// </summary>
    private static void CorrectNamelessSide(
        string sentence, IReadOnlyList<(bool IsAddendum, ReportStatement Statement)> statements, ReportStatement[] result, List<string> remarks)
    {
        List<ReportWord> words = ReportWord.Of(sentence);
        int left = words.FindIndex(word => word.Text == "left"), right = words.FindIndex(word => word.Text == "right");
        if (PathologyMention.Find(words).Count > 0 || !IsCorrecting(sentence) || (left < 0 && right < 0))
        {
            return;
        }

        bool IsDenied(int at) => at > 0 && words.Skip(Math.Max(0, at - 3)).Take(Math.Min(3, at)).Any(word => word.Text is "not" or "of" or "than" or "no");
        Side wanted = right < 0 ? Side.Left : left < 0 ? Side.Right : IsDenied(left) && !IsDenied(right) ? Side.Right
            : IsDenied(right) && !IsDenied(left) ? Side.Left : left < right ? Side.Left : Side.Right;
        Side wrong = wanted == Side.Left ? Side.Right : Side.Left;
        int[] concerned = [.. Enumerable.Range(0, result.Length).Where(i => !statements[i].IsAddendum && !result[i].IsDenied && SideOf(result[i].Locations) == wrong)];
        bool isClear = concerned.Select(i => result[i].Pathology).Distinct().Count() == 1;
        foreach (int i in concerned)
        {
            result[i] = result[i] with { Locations = isClear ? [.. result[i].Locations.Select(place => Location.Of(wanted, place.Zone))] : [] };
        }

        remarks.Add(isClear
            ? $"an addendum puts the {result[concerned[0]].Pathology} on the {wanted.ToString().ToLowerInvariant()}"
            : concerned.Length == 0 ? "an addendum corrects a side, and it is not clear of what"
            : $"an addendum corrects a side, and it is not clear of what: the findings on the {wrong.ToString().ToLowerInvariant()} have no place now");
    }

    /// <summary>The side of places that are all on one.</summary>
    private static Side? SideOf(IReadOnlyList<Location> locations) =>
        locations.Select(location => location.Zone == Zone.Lingula ? Side.Left : location.Side).Distinct().ToArray() is [(Side.Left or Side.Right or Side.Bilateral) and var side] ? side : null;
}
