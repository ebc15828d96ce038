namespace CxrOnnx.Core.Prompts;

/// <summary>Tells which statements are doubted: "possible", "atelectasis versus pneumonia", "has nearly resolved".</summary>
internal static class StatementHedges
{
    /// <summary>Whether a mention is hedged by a word of its own part of the sentence, or by that of the list it belongs to.</summary>
    public static bool IsHedged(IReadOnlyList<ReportWord> words, IReadOnlyList<PathologyMention> mentions, int index, int[] ends)
    {
        int first = index;
        while (first > 0 && StatementCues.IsListed(words, mentions[first - 1], mentions[first].First))
        {
            first--;
        }

        int last = index;
        while (last + 1 < mentions.Count && StatementCues.IsListed(words, mentions[last], mentions[last + 1].First))
        {
            last++;
        }

        bool own =
            mentions[index].IsSign
            || HasHedge(words, mentions[index], Math.Max(StartOf(ends, index), mentions[index].AfterSign), ends[index])
            || PartlyGone(words, mentions[index], StatementCues.NextOf(words, mentions, index))
            || IsAlternative(words, mentions[index], StatementCues.NextOf(words, mentions, index))
            || IsFavored(words, mentions[index])
            || DoubtCues.Open.IsIn(words, StartOf(ends, index == 0 ? 0 : index - 1), mentions[index].First);

        // "Could be atelectasis or pneumonia" and "atelectasis and pneumonia cannot be excluded" hedge both.
        int start = Math.Max(StartOf(ends, first), mentions[first].AfterSign),
            after = mentions[last].Last + 1;
        bool before = first < index && HasHedge(words, mentions[index], start, mentions[index].First);
        bool behind = last > index && HasHedge(words, mentions[last], after, StatementCues.ClauseEnd(words, after, ends[last]));
        return own || before || behind || words[^1].Text == "?";
    }

    private static bool HasHedge(IReadOnlyList<ReportWord> words, PathologyMention mention, int first, int end)
    {
        bool isShadow = mention.Pathology == Pathology.LungOpacity || mention.Pathology == Pathology.Consolidation;
        for (int i = first; i < end; i++)
        {
            // "Opacity suspicious for malignancy" doubts the malignancy.
            if (
                isShadow
                && i > mention.Last
                && (DoubtCues.OfOther.Match(words, i, end) > 0 || AsksForCause(words, i, end))
                && !DoubtCues.Harmless.IsIn(words, i, end)
            )
            {
                return false;
            }

            // "No change in effusion or edema" doubts neither; "effusion? yes" is answered.
            bool isPlainOr =
                (words[i].Text == "or" && IsDenial(words, i))
                || (words[i].Text == "?" && i == mention.Last + 1 && i + 1 < words.Count && DoubtCues.Answers.Contains(words[i + 1].Text));
            if ((i < mention.First || i > mention.Last) && !isPlainOr && DoubtCues.Hedges.Match(words, i, words.Count) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>"Left base opacity, ? infective", but not "opacity ? at the left base".</summary>
    private static bool AsksForCause(IReadOnlyList<ReportWord> words, int i, int end) =>
        words[i].Text == "?"
        && i + 1 < end
        && !LocationWords.IsPlace(words[i + 1].Text)
        && LocationWords.SideOf(words[i + 1].Text) is null
        && words[i + 1].Text is not ("in" or "at" or "on" or "or" or "the")
        && !DoubtCues.Answers.Contains(words[i + 1].Text);

    /// <summary>"Atelectasis favored over pneumonia", "atelectasis more likely than pneumonia".</summary>
    private static bool IsFavored(IReadOnlyList<ReportWord> words, PathologyMention mention) =>
        DoubtCues.Favored.Match(words, mention.Last + 1, words.Count) > 0;

    /// <summary>
    /// "Atelectasis versus pneumonia" and "atelectasis or pneumonia" doubt both, but not "no change in effusion or edema".
    /// </summary>
    private static bool IsAlternative(IReadOnlyList<ReportWord> words, PathologyMention mention, int next)
    {
        if (next >= words.Count)
        {
            return false;
        }

        string[] between =
        [
            .. words.Skip(mention.Last + 1).Take(Math.Min(next - mention.Last - 1, StatementCues.WidestListGap)).Select(word => word.Text),
        ];
        // "Atelectasis, with or without pneumonia" doubts the second only.
        int or = Array.IndexOf(between, "or");
        bool isOr = or >= 0 && !(or + 1 < between.Length && between[or + 1] == "without");
        bool isExplained = Enumerable
            .Range(mention.Last + 1, Math.Max(0, next - mention.Last - 1))
            .Any(i => words[i].IsClauseEnd || SignsAndDiagnoses.IsInterpretation(words, i));
        bool isDenial = IsDenial(words, mention.First);
        return between.Any(word => word is "versus" or "vs" or "v") || (isOr && !isDenial && !isExplained);
    }

    /// <summary>Whether the clause up to a word denies something: its "or" only lists.</summary>
    private static bool IsDenial(IReadOnlyList<ReportWord> words, int end)
    {
        int start = end;
        while (start > 0 && !words[start - 1].IsClauseEnd)
        {
            start--;
        }

        return DenialCues.Neutral.IsIn(words, start, end) || DenialCues.AbsentList.IsIn(words, start, end);
    }

    /// <summary>"Has nearly resolved": a little of it is left. What was drained may be.</summary>
    private static bool PartlyGone(IReadOnlyList<ReportWord> words, PathologyMention mention, int next)
    {
        for (int i = mention.Last + 1; i < StatementCues.ClauseEnd(words, mention.Last + 1, next); i++)
        {
            if (TimeCues.Drained.Match(words, i, next) > 0)
            {
                return true;
            }

            if (TimeCues.GoneAfter.Match(words, i, next) > 0 && TimeCues.InPart.IsIn(words, Math.Max(mention.Last + 1, i - 3), i))
            {
                return !StatementCues.HasRest(words, i, next);
            }
        }

        return false;
    }

    private static int StartOf(int[] ends, int index) => index == 0 ? 0 : ends[index - 1];
}
