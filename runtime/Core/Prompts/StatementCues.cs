namespace CxrOnnx.Core.Prompts;

/// <summary>Words that deny a finding, say that it is gone, or hedge it.</summary>
/// <remarks>After the idea of NegEx (Chapman et al. 2001): cues before and after a finding, with a scope that clause ends close.</remarks>
internal static class StatementCues
{
    // Phrases that contain a cue but do not deny: the finding is there and has not changed.
    private static readonly string[][] NotDenials = Phrases(
        "no change",
        "no changes",
        "no significant change",
        "no interval change",
        "no significant interval change",
        "no definite change",
        "no substantial change",
        "no relevant change",
        "no appreciable change",
        "no increase",
        "no decrease",
        "no progression",
        "no improvement",
        "without change",
        "without significant change",
        "without interval change",
        "without significant interval change",
        "not changed",
        "not significantly changed",
        "not substantially changed",
        "not appreciably changed",
        "not improved",
        "not resolved",
        "not cleared",
        "not excluded",
        "not be excluded",
        "not completely excluded",
        "not entirely excluded",
        "not be entirely excluded",
        "not ruled out",
        "not be ruled out",
        "cannot be excluded",
        "can't be excluded",
        "cannot be entirely excluded",
        "cannot be completely excluded",
        "cannot be ruled out",
        "cannot exclude",
        "cannot entirely exclude",
        "not exclude",
        "not only",
        "not yet resolved",
        "no longer as"
    );

    private static readonly string[][] Before = Phrases(
        "no",
        "not",
        "without",
        "negative for",
        "free of",
        "free from",
        "clear of",
        "absence of",
        "absent",
        "neither",
        "nor",
        "never",
        "resolved",
        "resolution of",
        "clearing of",
        "cleared",
        "rule out",
        "ruled out",
        "r / o",
        "exclude",
        "excludes",
        "rather than",
        "unlikely",
        "denies",
        "evaluate for",
        "assess for",
        "question of prior"
    );

    private static readonly string[][] After = Phrases(
        "resolved",
        "has resolved",
        "have resolved",
        "cleared",
        "has cleared",
        "have cleared",
        "not seen",
        "not identified",
        "not present",
        "not visualized",
        "not visible",
        "not evident",
        "not detected",
        "not appreciated",
        "not apparent",
        "no longer",
        "absent",
        "excluded",
        "ruled out",
        "unlikely",
        "disappeared",
        "nearly resolved",
        "almost resolved"
    );

    private static readonly string[][] Hedges = Phrases(
        "possible",
        "possibly",
        "probable",
        "probably",
        "may",
        "might",
        "could",
        "suspicious",
        "suspected",
        "concerning for",
        "concern for",
        "question",
        "questionable",
        "likely",
        "presumably",
        "cannot be excluded",
        "not excluded",
        "versus",
        "vs",
        "or",
        "suggest",
        "suggests",
        "suggesting",
        "suggestive",
        "potentially",
        "perhaps"
    );

    // Articles and sizes, with which a new statement begins; the items of a denied list have none.
    private static readonly HashSet<string> OpeningWords = new(StringComparer.Ordinal)
    {
        "a",
        "an",
        "there",
        "mild",
        "moderate",
        "severe",
        "small",
        "large",
        "tiny",
        "trace",
        "minimal",
        "subtle",
        "faint",
        "patchy",
        "dense",
        "extensive",
        "marked",
        "sizable",
        "new",
        "stable",
        "unchanged",
        "persistent",
        "increased",
        "increasing",
        "worsening",
        "bilateral",
        "bibasilar",
    };

    // "Pleural effusion and focal lung opacity are absent".
    private const int WidestListGap = 4;

    /// <summary>Whether the mention is denied or said to be gone.</summary>
    /// <param name="words">The sentence.</param>
    /// <param name="mention">The mention.</param>
    /// <param name="nextMention">Index of the first word of the next mention, or the number of words.</param>
    public static bool IsDenied(IReadOnlyList<ReportWord> words, PathologyMention mention, int nextMention)
    {
        for (int i = mention.First - 1; i >= 0 && !words[i].IsClauseEnd; i--)
        {
            // "No focal consolidation, effusion or pneumothorax" denies all three; "no fever and a left effusion" is not told apart.
            if (StartsAny(words, i, mention.First, Before) && !IsPartOf(words, i, NotDenials))
            {
                return true;
            }

            if (BeginsAnew(words, i, mention))
            {
                break;
            }
        }

        for (int i = mention.Last + 1; i < nextMention && !words[i].IsClauseEnd; i++)
        {
            if (StartsAny(words, i, nextMention, After) && !IsPartOf(words, i, NotDenials))
            {
                return true;
            }
        }

        // A list shares what is said at its end: "effusions and edema have resolved".
        return IsListed(words, mention, nextMention) && ListEndIsDenied(words, nextMention);
    }

    /// <summary>Whether the mention is hedged by a word of its clause.</summary>
    public static bool IsHedged(IReadOnlyList<ReportWord> words, PathologyMention mention, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            if ((i < mention.First || i > mention.Last) && StartsAny(words, i, words.Count, Hedges))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsListed(IReadOnlyList<ReportWord> words, PathologyMention mention, int nextMention)
    {
        if (nextMention >= words.Count)
        {
            return false;
        }

        ReportWord[] between = [.. words.Skip(mention.Last + 1).Take(nextMention - mention.Last - 1)];
        return between.Length <= WidestListGap
            && between.Any(word => word.Text is "and" or "or" or "," or "/")
            && !between.Any(word =>
                word.IsClauseEnd
                || word.Text is "is" or "are" or "was" or "were" or "has" or "have" or "with" or "without" or "no" or "in" or "at" or "on"
            );
    }

    /// <summary>
    /// Whether a comma begins a statement of its own: "no pneumothorax, small left effusion". In a list that goes on with "or" every item
    /// is denied.
    /// </summary>
    private static bool BeginsAnew(IReadOnlyList<ReportWord> words, int i, PathologyMention mention) =>
        words[i].Text == ","
        && i + 1 < mention.First
        && OpeningWords.Contains(words[i + 1].Text)
        && !words.Skip(i + 1).TakeWhile(word => !word.IsClauseEnd).Any(word => word.Text is "or" or "nor");

    private static bool ListEndIsDenied(IReadOnlyList<ReportWord> words, int nextMention)
    {
        List<PathologyMention> rest = [.. PathologyMention.Find(words).Where(item => item.First >= nextMention)];
        return rest.Count > 0
            && !words.Take(nextMention).Any(word => word.IsClauseEnd)
            && IsDenied(words, rest[0], rest.Count > 1 ? rest[1].First : words.Count);
    }

    private static bool StartsAny(IReadOnlyList<ReportWord> words, int at, int end, string[][] phrases) =>
        phrases.Any(phrase => at + phrase.Length <= end && Matches(words, at, phrase));

    private static bool IsPartOf(IReadOnlyList<ReportWord> words, int at, string[][] phrases) =>
        phrases.Any(phrase =>
            Enumerable
                .Range(0, phrase.Length)
                .Any(offset => at - offset >= 0 && at - offset + phrase.Length <= words.Count && Matches(words, at - offset, phrase))
        );

    private static bool Matches(IReadOnlyList<ReportWord> words, int at, string[] phrase)
    {
        for (int i = 0; i < phrase.Length; i++)
        {
            if (words[at + i].Text != phrase[i])
            {
                return false;
            }
        }

        return true;
    }

    private static string[][] Phrases(params string[] phrases) => [.. phrases.Select(phrase => phrase.Split(' '))];
}
