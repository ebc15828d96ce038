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
    private const int WidestScope = 45;

    // Words up to the patient's age, if the sentence is about the patient.
    private const int WidestAge = 9;

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
        if (IsReasonForImage(words, mention.First) || IsOfEarlierStudy(words, mention))
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

            if (BeginsAnew(words, i, mention))
            {
                // "Resolution of edema and bilateral effusions" is of both, since a size or a side is no news.
                if (
                    isAnew
                    || words[i].Text != "and"
                    || !SentenceWords.Qualities.Contains(words[i + 1].Text)
                    || IsSaidToBeThere(words, mention)
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
                word.Text.EndsWith("ectomy", StringComparison.Ordinal)
                || word.Text.EndsWith("centesis", StringComparison.Ordinal)
                || word.Text.EndsWith("operative", StringComparison.Ordinal)
                || word.Text.EndsWith("surgical", StringComparison.Ordinal)
            ) && !words.Skip(cue + 1).Take(end - cue - 1).Any(word => word.Text is "for");

    /// <summary>"On the previous study there was an effusion", without a word of this one.</summary>
    private static bool IsOfEarlierStudy(IReadOnlyList<ReportWord> words, PathologyMention mention)
    {
        bool isEarlier = false;
        for (int i = 0; i < mention.First; i++)
        {
            string word = words[i].Text;
            if (word is ";" or "but" or "compared" or "comparison" or "since" or "relative" or "than" or "from" or "unlike" or "interval")
            {
                return false;
            }

            isEarlier |= TimeCues.EarlierStudy.Match(words, i, mention.First) > 0;
            if (isEarlier && (TimeCues.PastVerbs.Contains(word) || IsPastBehind(words, mention)))
            {
                int end = mention.Last;
                while (end + 1 < words.Count && !words[end + 1].IsClauseEnd)
                {
                    end++;
                }

                return !words.Skip(i).Take(end - i + 1).Any(later => TimeCues.Still.Contains(later.Text))
                    && !words.Skip(i).Any(later => TimeCues.Persists.Contains(later.Text));
            }
        }

        return false;
    }

    /// <summary>"On the prior, an effusion was present".</summary>
    private static bool IsPastBehind(IReadOnlyList<ReportWord> words, PathologyMention mention) =>
        mention.Last + 2 < words.Count
        && words[mention.Last + 1].Text is "was" or "were"
        && words[mention.Last + 2].Text is "present" or "seen" or "noted" or "there" or "larger" or "described" or "visible";

    /// <summary>"67 year old man with fever and pneumonia", but not "in this patient with fever there is a pneumonia".</summary>
    private static bool IsReasonForImage(IReadOnlyList<ReportWord> words, int end) =>
        TimeCues.Ages.IsIn(words, 0, Math.Min(end, WidestAge))
        && !words
            .Take(end)
            .Any(word => word.IsClauseEnd || word.Text is "there" or "shows" or "demonstrates" or "reveals" or "now" or "seen");

    /// <summary>The words of phrases that contain a cue but deny nothing.</summary>
    public static bool[] NeutralWords(IReadOnlyList<ReportWord> words)
    {
        bool[] neutral = new bool[words.Count];
        for (int i = 0; i < words.Count; i++)
        {
            int length = DenialCues.Neutral.Match(words, i, words.Count);
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

        if (reach == Reach.List && RunsOn(words, first, mention))
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
                Reach.UpToWith => word is "with" or "leaving" or "now",
                _ => false,
            };
            if (
                ends
                || (verb && separates)
                || (word == "there" && words[cue].Text is not ("if" or "nor") && words[i - 1].Text is not ("is" or "are"))
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
                .Any(word => LocationScanner.IsOtherThing(word.Text)),

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
                || words
                    .Skip(mention.Last + 1)
                    .Take(4)
                    .Any(word => SentenceWords.Verbs.Contains(word.Text) || TimeCues.Persists.Contains(word.Text) || word.Text == "now"),

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

            StatementSense.Asked when words[cue].Text == "if" => DoubtCues.NotConditions.Match(words, cue, words.Count) > 0,
            _ => false,
        };
    }

    /// <summary>
    /// Whether a separator begins a statement of its own: "no pneumothorax, small left effusion". In a list that goes on with "or" every
    /// item is denied.
    /// </summary>
    private static bool BeginsAnew(IReadOnlyList<ReportWord> words, int i, PathologyMention mention)
    {
        string mark = words[i].Text;
        if (mark is not ("," or "and" or "with" or "-" or "while" or ":" or "yet"))
        {
            return false;
        }

        bool opens = i + 1 < mention.First && SentenceWords.Openings.Contains(words[i + 1].Text);
        return mark switch
        {
            "while" => true,

            // "No effusion yet a consolidation persists", but not "not yet".
            "yet" => i > 1 && words[i - 1].Text is not ("not" or "as" or "no") && !SentenceWords.Verbs.Contains(words[i - 1].Text),
            ":" => opens,
            "and" when BringsItsVerb(words, i, mention) => true,
            "," when IsLastWithSide(words, i, mention) => true,
            "with" or "and" => (opens && words[i + 1].Text is not "the") || IsSaidToBeThere(words, mention),
            _ => (opens || IsSaidToBeThere(words, mention)) && !GoesOnWithOr(words, i + 1),
        };
    }

    /// <summary>"No pneumothorax, and the lungs show bibasilar atelectasis".</summary>
    private static bool BringsItsVerb(IReadOnlyList<ReportWord> words, int and, PathologyMention mention) =>
        and + 2 < mention.First
        && words[and + 1].Text is "the" or "lungs" or "both" or "left" or "right" or "it" or "this"
        && words.Skip(and + 2).Take(mention.First - and - 2).Any(word => SentenceWords.Verbs.Contains(word.Text));

    /// <summary>
    /// "No consolidation, left basilar atelectasis": the last item of a list without "or" has a side, and what is denied before has none.
    /// </summary>
    private static bool IsLastWithSide(IReadOnlyList<ReportWord> words, int comma, PathologyMention mention)
    {
        if (comma + 1 >= mention.First || !IsSideOrPlace(words[comma + 1].Text))
        {
            return false;
        }

        int start = comma;
        while (start > 0 && !words[start - 1].IsClauseEnd)
        {
            start--;
        }

        // "No effusion or pneumothorax, left base atelectasis": the list ended with its "or".
        bool isEnded = words.Skip(start).Take(comma - start).Any(word => word.Text is "or" or "nor");
        return !words
                .Skip(start)
                .Take(comma - start)
                .Any(word => word.Text is "left" or "right" or "either" || (!isEnded && word.Text is "," or "and"))
            && !words.Skip(comma + 2).Any(word => word.Text is "or" or "nor" or "and" or "," or "is" or "are");
    }

    private static bool IsSideOrPlace(string word) =>
        word is "left" or "right" or "lt" or "rt" or "l" or "r"
        || (LocationScanner.IsPlace(word) && word is not ("pleural" or "costophrenic" or "cp"));

    /// <summary>
    /// "No pneumothorax no effusion left lower lobe consolidation", as it is dictated: behind a name, without any mark, words of another
    /// finding begin.
    /// </summary>
    private static bool RunsOn(IReadOnlyList<ReportWord> words, int first, PathologyMention mention)
    {
        int start = mention.First;
        bool hasOpening = false;

        // "Heart mildly enlarged" is one name.
        bool NamesAnother(int at) => MentionVocabulary.At(words, at) is { } other && other.Last < mention.First;
        while (start > first && !words[start - 1].IsSeparator && !NamesAnother(start - 1))
        {
            start--;
            string word = words[start].Text;
            hasOpening |= IsSideOrPlace(word) || SentenceWords.Qualities.Contains(word) || word is "heart" or "cardiac";
        }

        return hasOpening && start > first && NamesAnother(start - 1) && !GoesOnWithOr(words, mention.Last + 1);
    }

    /// <summary>"... effusion unchanged", "... effusion is small".</summary>
    private static bool IsSaidToBeThere(IReadOnlyList<ReportWord> words, PathologyMention mention)
    {
        bool verb = false;
        for (int i = mention.Last + 1; i < Math.Min(words.Count, mention.Last + 5); i++)
        {
            string word = words[i].Text;
            bool isNear = i <= mention.Last + 2;
            if (TimeCues.Persists.Contains(word) ? isNear || verb : verb && word is "present" or "small" or "large" or "mild" or "moderate")
            {
                return true;
            }

            verb |= word is "is" or "are";
        }

        return false;
    }

    private static bool GoesOnWithOr(IReadOnlyList<ReportWord> words, int first)
    {
        for (int i = first; i < Math.Min(words.Count, first + WidestScope) && !words[i].IsClauseEnd; i++)
        {
            if (words[i].Text is "or" or "nor")
            {
                return true;
            }
        }

        return false;
    }
}
