namespace CxrOnnx.Core.Prompts;

/// <summary>Finds where within a sentence a statement of its own begins, to which the cues before it do not reach.</summary>
internal static class NewStatements
{
    /// <summary>
    /// Whether a separator begins a statement of its own: "no pneumothorax, small left effusion". In a list that goes on with "or" every
    /// item is denied.
    /// </summary>
    public static bool BeginsAnew(IReadOnlyList<ReportWord> words, int i, PathologyMention mention)
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
        || (LocationWords.IsPlace(word) && word is not ("pleural" or "costophrenic" or "cp"));

    /// <summary>
    /// "No pneumothorax no effusion left lower lobe consolidation", as it is dictated: behind a name, without any mark, words of another
    /// finding begin.
    /// </summary>
    public static bool RunsOn(IReadOnlyList<ReportWord> words, int first, PathologyMention mention)
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
    public static bool IsSaidToBeThere(IReadOnlyList<ReportWord> words, PathologyMention mention)
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
        for (int i = first; i < Math.Min(words.Count, first + BackwardScope.WidestScope) && !words[i].IsClauseEnd; i++)
        {
            if (words[i].Text is "or" or "nor")
            {
                return true;
            }
        }

        return false;
    }
}
