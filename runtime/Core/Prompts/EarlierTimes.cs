namespace CxrOnnx.Core.Prompts;

/// <summary>Statements about an earlier image, or about the patient before this one.</summary>
internal static class EarlierTimes
{
    // Words up to the patient's age, if the sentence is about the patient.
    private const int WidestAge = 9;

    /// <summary>"On the previous study there was an effusion", without a word of this one.</summary>
    public static bool IsOfEarlierStudy(IReadOnlyList<ReportWord> words, PathologyMention mention)
    {
        bool isEarlier = false;
        for (int i = 0; i < mention.First; i++)
        {
            string word = words[i].Text;
            if (
                word is ";" or "but" or "compared" or "comparison" or "since" or "relative" or "than" or "unlike" or "interval"
                || (word == "from" && !isEarlier)
            )
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
    public static bool IsReasonForImage(IReadOnlyList<ReportWord> words, int end) =>
        TimeCues.Ages.IsIn(words, 0, Math.Min(end, WidestAge))
        && !words
            .Take(end)
            .Any(word => word.IsClauseEnd || word.Text is "there" or "shows" or "demonstrates" or "reveals" or "now" or "seen");
}
