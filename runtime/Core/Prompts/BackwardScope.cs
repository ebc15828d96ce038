namespace CxrOnnx.Core.Prompts;

/// <summary>Looks back from a mention for a cue whose scope reaches it.</summary>
internal static class BackwardScope
{
    private static readonly (PhraseTable Cues, StatementSense Sense, Reach Reach)[] Tables =
    [
        (DoubtCues.AskedList, StatementSense.Asked, Reach.List),
        (TimeCues.PastList, StatementSense.Past, Reach.List),
        (TimeCues.GoneList, StatementSense.Gone, Reach.UpToWith),
        (DenialCues.AbsentList, StatementSense.Absent, Reach.List),
        (DenialCues.AbsentNoun, StatementSense.Absent, Reach.Noun),
        (TimeCues.GoneNoun, StatementSense.Gone, Reach.Noun),
        (TimeCues.PastNoun, StatementSense.Past, Reach.Noun),
    ];

    // Words of the longest list that one "no" denies.
    public const int WidestScope = 45;

    private enum Reach
    {
        /// <summary>Over commas, "and" and "or", until a new statement begins.</summary>
        List,

        /// <summary>A list, but not past "with" or "leaving".</summary>
        UpToWith,

        /// <summary>The next name only.</summary>
        Noun,
    }

    /// <summary>What the words before a mention say of it.</summary>
    /// <param name="words">The sentence.</param>
    /// <param name="isNeutral">Which of its words only sound like a denial (<see cref="NeutralWords"/>).</param>
    /// <param name="mention">The mention.</param>
    public static StatementSense Before(IReadOnlyList<ReportWord> words, bool[] isNeutral, PathologyMention mention)
    {
        if (EarlierTimes.IsReasonForImage(words, mention.First) || EarlierTimes.IsOfEarlierStudy(words, mention))
        {
            return StatementSense.Past;
        }

        bool isAnew = false;
        for (int i = mention.First - 1; i >= Math.Max(0, mention.First - WidestScope); i--)
        {
            // "No effusion, consolidation; or pneumothorax".
            if (words[i].IsClauseEnd && words[i + 1].Text is not ("or" or "nor"))
            {
                break;
            }

            if (NewStatements.BeginsAnew(words, i, mention))
            {
                // "Resolution of edema and bilateral effusions" is of both, since a size or a side is no news.
                if (
                    isAnew
                    || words[i].Text != "and"
                    || !SentenceWords.Qualities.Contains(words[i + 1].Text)
                    || NewStatements.IsSaidToBeThere(words, mention)
                )
                {
                    break;
                }

                isAnew = true;
            }

            if (DenialCues.NotAssessed.Match(words, i, mention.First) > 0)
            {
                return StatementSense.Asked;
            }

            if (isNeutral[i])
            {
                continue;
            }

            foreach ((PhraseTable cues, StatementSense sense, Reach reach) in Tables)
            {
                if (isAnew && sense != StatementSense.Gone)
                {
                    continue;
                }

                if (
                    cues.Match(words, i, mention.First) is var length and > 0
                    && Reaches(words, i, i + length, mention, reach)
                    && !IsExempt(words, i, mention, sense, reach)
                )
                {
                    return sense;
                }
            }
        }

        return StatementSense.Present;
    }

    private static bool IsAfterSurgery(IReadOnlyList<ReportWord> words, int cue, int end) =>
        words
            .Skip(cue + 1)
            .Take(end - cue - 1)
            .Any(word =>
                TimeCues.Causes.Contains(word.Text)
                || word.Text.EndsWith("ectomy", StringComparison.Ordinal)
                || word.Text.EndsWith("centesis", StringComparison.Ordinal)
                || word.Text.EndsWith("operative", StringComparison.Ordinal)
                || word.Text.EndsWith("surgical", StringComparison.Ordinal)
            ) && !words.Skip(cue + 1).Take(end - cue - 1).Any(word => word.Text is "for");

    /// <summary>The words of phrases that contain a cue but deny nothing.</summary>
    public static bool[] NeutralWords(IReadOnlyList<ReportWord> words)
    {
        bool[] neutral = new bool[words.Count];
        for (int i = 0; i < words.Count; i++)
        {
            int length = DenialCues.Neutral.Match(words, i, words.Count);
            int next = i + length;
            if (
                length > 0
                && next < words.Count
                && words[next - 1].Text == "larger"
                && MentionVocabulary.At(words, next) is { } name
                && !words.Skip(name.Last + 1).Any(word => word.Text is "than" or "compared" or "since" or "from")
            )
            {
                // "No larger pleural effusions" denies them; "the effusion is no larger", "no larger effusion than before" do not.
                continue;
            }

            neutral.AsSpan(i, Math.Min(length, words.Count - i)).Fill(true);
        }

        return neutral;
    }

    private static bool Reaches(IReadOnlyList<ReportWord> words, int cue, int first, PathologyMention mention, Reach reach)
    {
        bool verb = false;
        if (reach == Reach.Noun && words[mention.First - 1].Text is not ("and" or "or" or "/") && NamesBetween(words, first, mention.First))
        {
            // "After aspiration of the effusion a pneumothorax is present".
            return false;
        }

        if (reach == Reach.List && NewStatements.RunsOn(words, first, mention))
        {
            return false;
        }

        bool isLack = words[cue].Text is "absence" or "lack" or "lacks" or "lacking";
        bool isNot = words[cue].Text is "not" or "if" or "unless" or "isn't" or "aren't" or "doesn't";
        for (int i = first; i < mention.First; i++)
        {
            string word = words[i].Text;
            bool isOr = word is "or" or "nor" or "/" || (word == "," && i + 1 < mention.First && words[i + 1].Text is "or" or "nor");
            bool separates = words[i].IsSeparator && !isOr && !IsPartOfPhrase(words, i);

            // "The hemidiaphragm is not seen due to an effusion", "absence of markings indicates a pneumothorax".
            if (
                i > first
                && (DenialCues.Causes.Match(words, i, mention.First) > 0 || (isLack && SignsAndDiagnoses.IsInterpretation(words, i)))
                && (isLack || words.Skip(first).Take(i - first).Any(seen => DenialCues.SeenWords.Contains(seen.Text)))
                && !NamesBetween(words, first, i)
            )
            {
                return false;
            }

            // "No effusion is seen, pneumothorax persists"; "not included, right effusion"; "(-) PTX, effusion".
            bool ends = reach switch
            {
                Reach.Noun => separates && !(word == "and" && i == mention.First - 1),
                Reach.UpToWith => word is "with" or "leaving" or "now" or "residual" or "remaining" or "persistent",
                _ => false,
            };
            if (
                ends
                || (verb && separates)
                || (word == "there" && words[cue].Text is not ("if" or "nor" or "doubt") && words[i - 1].Text is not ("is" or "are"))
                || (isNot && separates && !NamesBetween(words, first, i))
            )
            {
                return false;
            }

            verb |= SentenceWords.Verbs.Contains(word);
        }

        return true;
    }

    /// <summary>The "with" of "consistent with" and the "as" of "such as" divide nothing.</summary>
    private static bool IsPartOfPhrase(IReadOnlyList<ReportWord> words, int i) =>
        i > 0
        && words[i].Text switch
        {
            "with" => words[i - 1].Text
                is "consistent"
                    or "compatible"
                    or "keeping"
                    or "associated"
                    or "along"
                    or "accordance"
                    or "typical",
            "as" => words[i - 1].Text is "such" or "well" or "regarded" or "interpreted" or "considered",
            _ => false,
        };

    private static bool NamesBetween(IReadOnlyList<ReportWord> words, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            if (MentionVocabulary.At(words, i) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Cues that mean something else in their place.</summary>
    private static bool IsExempt(IReadOnlyList<ReportWord> words, int cue, PathologyMention mention, StatementSense sense, Reach reach)
    {
        bool Behind(params ReadOnlySpan<string> texts)
        {
            for (int i = Math.Max(0, cue - 3); i < cue; i++)
            {
                if (texts.Contains(words[i].Text))
                {
                    return true;
                }
            }

            return false;
        }

        return sense switch
        {
            // "Removal of the chest tube for the effusion".
            StatementSense.Gone when words[cue].Text is "removal" or "aspiration" => words
                .Skip(cue)
                .Take(mention.First - cue)
                .Any(word => OtherThings.HasOwnSide(word.Text)),

            // "Partial resolution of the edema" leaves some.
            // "To document resolution of the pneumonia" asks for it.
            StatementSense.Gone => TimeCues.InPart.IsIn(words, Math.Max(0, cue - 3), cue)
                || Enumerable
                    .Range(Math.Max(0, cue - 3), Math.Min(3, cue))
                    .Any(k => k + DoubtCues.AskedList.Match(words, k, mention.First) > cue),

            // "The previous effusion is smaller", "compared with the prior effusion".
            StatementSense.Past when reach == Reach.Noun && words[cue].Text is "prior" or "previous" or "old" or "remote" => Behind(
                "compared",
                "comparison",
                "relative"
            )
                // "The previous radiograph of ...: persistence of the effusion".
                || (TimeCues.Studies.Contains(words[cue + 1].Text) && Behind("to", "since", "from", "with", "than"))
                // "New from prior is a consolidation".
                || SentenceWords.Verbs.Contains(words[cue + 1].Text)
                || words
                    .Skip(mention.Last + 1)
                    .Take(8)
                    .TakeWhile((word, k) => k < 4 || !word.IsSeparator)
                    .Any(word => SentenceWords.Verbs.Contains(word.Text) || TimeCues.Persists.Contains(word.Text) || word.Text == "now"),

            // "Compared with the study of ___, which showed an effusion", but not "a view that showed an effusion".
            StatementSense.Past when words[cue].Text is "which" or "that" => !words
                .Take(cue)
                .Any(word => word.Text is "compared" or "comparison" || TimeCues.Before.Contains(word.Text)),

            // "Post pneumonectomy opacification" is there.
            StatementSense.Past when words[cue].Text is "post" or "status" => IsAfterSurgery(words, cue, mention.First),

            // "Should pneumonia be suspected".
            StatementSense.Asked when words[cue].Text == "should" => cue > 0
                || words.Skip(1).Take(3).Any(word => word.Text is "read" or "state" or "say"),

            // "Small, if any, effusion".
            // "More likely atelectasis than pneumonia", but not "left greater than right effusion".
            StatementSense.Absent when words[cue].Text == "than" => !words
                .Take(cue)
                .Any(word => word.Text is "likely" or "suggestive" or "typical" or "probable" or "compatible"),

            // "CT for further evaluation of the opacity": that is seen.
            StatementSense.Asked when words[cue].Text is "ct" or "imaging" or "recommended" or "advised" => words
                .Skip(cue)
                .Take(mention.First - cue - 2)
                .Where(
                    (word, k) => word.Text is "evaluation" or "characterization" or "characterisation" && words[cue + k + 1].Text == "of"
                )
                .Any(_ => words.Skip(cue).Take(mention.First - cue).Any(word => word.Text is "the" or "this" or "these")),

            StatementSense.Asked when words[cue].Text == "if" => DoubtCues.NotConditions.Match(words, cue, words.Count) > 0,
            _ => false,
        };
    }
}
