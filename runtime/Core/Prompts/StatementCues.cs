namespace CxrOnnx.Core.Prompts;

/// <summary>Reads from the words around a mention what is said of it.</summary>
internal static class StatementCues
{
    // "Pleural effusion and focal lung opacity are absent".
    public const int WidestListGap = 4;
    private const int NearTime = 6;

    private static readonly PhraseTable NoList = new(
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "with",
        "without",
        "no",
        "in",
        "at",
        "on",
        "not",
        "the",
        "a",
        "an",
        "there",
        "but",
        "unchanged",
        "stable"
    );

    private static readonly HashSet<string> PluralVerbs = ["have", "are", "were"];
    private static readonly HashSet<string> SingularVerbs = ["has", "is", "was"];

    /// <summary>What is said of a mention.</summary>
    /// <param name="words">The sentence.</param>
    /// <param name="mentions">All its mentions.</param>
    /// <param name="index">The one that is asked for.</param>
    /// <param name="isNeutral">Which words only sound like a denial.</param>
    public static StatementSense SenseOf(
        IReadOnlyList<ReportWord> words,
        IReadOnlyList<PathologyMention> mentions,
        int index,
        bool[] isNeutral
    )
    {
        PathologyMention mention = mentions[index];
        int next = NextOf(words, mentions, index);
        if (mention.IsElliptic)
        {
            bool isDenied =
                words[mention.First].Text is "not" or "none" or "no"
                || DenialCues.ClearAfter.IsIn(words, mention.Last + 1, ClauseEnd(words, mention.Last + 1, next));
            return isDenied ? StatementSense.Absent : After(words, mention, next);
        }

        StatementSense sense = BackwardScope.Before(words, isNeutral, mention);
        sense = sense == StatementSense.Present ? After(words, mention, next) : sense;
        if (
            sense == StatementSense.Present
            && (SignsAndDiagnoses.IsExplainedAway(words, mention.Last + 1, next) || IsUnsuspected(words, mention, next))
        )
        {
            return StatementSense.Absent;
        }

        if (sense == StatementSense.Present && IsCondition(words, mention, next))
        {
            return StatementSense.Asked;
        }

        // A list shares what is said at its end: "effusions and edema have resolved".
        while (sense == StatementSense.Present && IsListed(words, mention, next) && index + 1 < mentions.Count)
        {
            int afterNext = NextOf(words, mentions, ++index);
            sense = SharesVerb(words, mention, mentions[index], afterNext) ? After(words, mentions[index], afterNext) : sense;
            (mention, next) = (mentions[index], afterNext);
        }

        return sense;
    }

    /// <summary>"If the patient has fever, pneumonia should be considered".</summary>
    private static bool IsCondition(IReadOnlyList<ReportWord> words, PathologyMention mention, int next) =>
        words[0].Text == "if" && DoubtCues.ThenAfter.IsIn(words, mention.Last + 1, next);

    /// <summary>"Suspicion for pneumonia is low".</summary>
    private static bool IsUnsuspected(IReadOnlyList<ReportWord> words, PathologyMention mention, int next) =>
        words.Take(mention.First).Any(word => word.Text is "suspicion" or "likelihood" or "probability")
        && DenialCues.LowAfter.IsIn(words, mention.Last + 1, ClauseEnd(words, mention.Last + 1, next));

    /// <summary>The first word of the next mention, or the end.</summary>
    public static int NextOf(IReadOnlyList<ReportWord> words, IReadOnlyList<PathologyMention> mentions, int index) =>
        index + 1 < mentions.Count ? mentions[index + 1].First : words.Count;

    /// <summary>The end of the clause that goes on at a word, at most <paramref name="end"/>.</summary>
    public static int ClauseEnd(IReadOnlyList<ReportWord> words, int first, int end)
    {
        while (first < end && !words[first].IsClauseEnd)
        {
            first++;
        }

        return first;
    }

    /// <summary>Reads on from a mention: "... is not seen", "... has resolved", "...: none".</summary>
    private static StatementSense After(IReadOnlyList<ReportWord> words, PathologyMention mention, int next)
    {
        int end = ClauseEnd(words, mention.Last + 1, next);
        for (int i = mention.Last + 1; i < end && !BeginsSubject(words, i, end); i++)
        {
            if (DenialCues.HiddenAfter.Match(words, i, end) > 0 || IsClinicalOnly(words, i, mention))
            {
                return StatementSense.Asked;
            }

            if (DenialCues.Neutral.Match(words, i, words.Count) is var neutral and > 0)
            {
                i += neutral - 1;
                continue;
            }

            // "The edema has not resolved, the effusions have."
            if (
                i == mention.Last + 1
                && i + 1 == words.Count
                && words[i].Text is "has" or "have"
                && TimeCues.GoneAfter.IsIn(words, 0, mention.First)
            )
            {
                return StatementSense.Gone;
            }

            if (TimeCues.Drained.Match(words, i, end) > 0 && TimeCues.NothingLeft.IsIn(words, i, words.Count))
            {
                return StatementSense.Gone;
            }

            int absent = DenialCues.AbsentAfter.Match(words, i, end);
            if (absent > 0 && !IsOfNextName(words, i, absent, next) && !IsOfEarlierTime(words, i, i + absent, end))
            {
                return StatementSense.Absent;
            }

            if (
                DenialCues.AbsentAtEnd.Match(words, i, end) is var last and > 0
                && (i + last == words.Count || words[i + last].Text is "," or ";" or "-" or "/")
                && (i == mention.Last + 1 || words[i - 1].Text is ":" or "-" or "," or "?" or "is" or "are")
            )
            {
                return StatementSense.Absent;
            }

            if (
                TimeCues.GoneAfter.Match(words, i, end) is var gone and > 0
                && !IsOfNextName(words, i, gone, next)
                && !TimeCues.InPart.IsIn(words, Math.Max(mention.Last + 1, i - 3), i)
                && !HasRest(words, i + gone, next)
            )
            {
                return StatementSense.Gone;
            }
        }

        return StatementSense.Present;
    }

    /// <summary>"Concern for pneumonia clinically".</summary>
    private static bool IsClinicalOnly(IReadOnlyList<ReportWord> words, int i, PathologyMention mention) =>
        i == mention.Last + 1
        && words[i].Text is "clinically"
        && words
            .Skip(Math.Max(0, mention.First - NearTime))
            .Take(NearTime)
            .Any(word => word.Text is "concern" or "suspicion" or "question" or "suspected");

    /// <summary>"... resolved, with only a tiny residual apical component": what is left has no other name.</summary>
    public static bool HasRest(IReadOnlyList<ReportWord> words, int first, int next)
    {
        for (int i = first; i < next; i++)
        {
            if (TimeCues.Rest.Match(words, i, next) > 0)
            {
                bool belongsToNext = next < words.Count && !words.Skip(i).Take(next - i).Any(word => word.IsSeparator);
                return !belongsToNext;
            }
        }

        return false;
    }

    /// <summary>"Atelectasis, less likely pneumonia": the cue stands before the next name and belongs to it.</summary>
    private static bool IsOfNextName(IReadOnlyList<ReportWord> words, int cue, int length, int next) =>
        next < words.Count
        && cue > 0
        && words[cue - 1].IsSeparator
        && !words.Skip(cue + length).Take(next - cue - length).Any(word => word.IsSeparator);

    /// <summary>"Not present on the prior" says that it is new.</summary>
    private static bool IsOfEarlierTime(IReadOnlyList<ReportWord> words, int cue, int after, int end)
    {
        if (words[cue].Text == "no" || (cue > 0 && words[cue - 1].Text == "now"))
        {
            return false;
        }

        for (int i = after; i < Math.Min(end, after + NearTime) && !TimeCues.Now.Contains(words[i].Text); i++)
        {
            if (TimeCues.Before.Contains(words[i].Text))
            {
                return true;
            }
        }

        // "..., which was not present on ___".
        if (
            after < words.Count
            && words[after].Text is "on" or "in"
            && (after + 1 == words.Count || char.IsAsciiDigit(words[after + 1].Text[0]))
            && words.Skip(Math.Max(0, cue - 2)).Take(Math.Min(2, cue)).Any(word => word.Text is "which" or "that")
        )
        {
            return true;
        }

        // "..., at which time it was absent".
        return words.Skip(Math.Max(0, cue - 5)).Take(Math.Min(5, cue)).Any(word => word.Text is "time" or "when")
            || words.Skip(Math.Max(0, cue - 2)).Take(Math.Min(2, cue)).Any(word => word.Text == "previously");
    }

    /// <summary>"..., the tube has been removed": from here on something else is spoken of.</summary>
    private static bool BeginsSubject(IReadOnlyList<ReportWord> words, int i, int end) =>
        i + 1 < end
        && words[i].IsSeparator
        && words[i].Text != "-"
        && (
            words[i + 1].Text
                is "the"
                    or "a"
                    or "an"
                    or "this"
                    or "these"
                    or "there"
                    or "left"
                    or "right"
                    or "lungs"
                    or "heart"
                    or "tube"
                    or "line"
                    or "no"
            || (words[i + 1].Text == "," && i + 2 < end && words[i + 2].Text == "the")
        );

    /// <summary>Whether a mention and the next one are items of a list.</summary>
    public static bool IsListed(IReadOnlyList<ReportWord> words, PathologyMention mention, int nextMention)
    {
        int first = mention.Last + 1;
        if (nextMention >= words.Count || nextMention - first > WidestListGap || nextMention <= first)
        {
            return false;
        }

        bool joins = false;
        for (int i = first; i < nextMention; i++)
        {
            joins |= words[i].Text is "and" or "or" or "," or "/" or "nor" or "&" or "versus" or "vs";
            if (words[i].IsClauseEnd || NoList.Match(words, i, nextMention) > 0)
            {
                return false;
            }
        }

        return joins;
    }

    /// <summary>
    /// "Left effusion and right pneumothorax has resolved" says it of the last only; "have resolved" and "effusion or pneumothorax is
    /// not seen"
    /// of both.
    /// </summary>
    private static bool SharesVerb(IReadOnlyList<ReportWord> words, PathologyMention mention, PathologyMention last, int end)
    {
        bool isAnd = words.Skip(mention.Last + 1).Take(last.First - mention.Last - 1).All(word => word.Text is not ("or" or "nor" or "/"));
        string? verb = words
            .Skip(last.Last + 1)
            .Take(end - last.Last - 1)
            .Select(word => word.Text)
            .FirstOrDefault(text => PluralVerbs.Contains(text) || SingularVerbs.Contains(text));
        return !isAnd || verb is null || PluralVerbs.Contains(verb);
    }
}
