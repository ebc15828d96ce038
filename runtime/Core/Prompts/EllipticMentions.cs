namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Statements that do not repeat the name of the finding: "the right effusion has decreased and the left has resolved", "none on the
/// right",
/// "a small one on the left", "right but no left effusion".
/// </summary>
internal static class EllipticMentions
{
    private static readonly HashSet<string> Cuts = ["and", "while", "whereas", "but", ";", ",", "though", "although", "-"];

    private static readonly PhraseTable OtherSide = new(
        "the|that left|right is|has|remains|persists|appears|was|shows|resolved|unchanged|stable",
        "the|that left|right one|side is|has|remains|persists|appears|was|shows|resolved|unchanged|stable",
        "left|right is|has|remains|persists|resolved|unchanged|stable",
        "on the left|right ~ is|has|remains|persists|resolved|unchanged|stable|none",
        "on the left|right it|this ~ is|has|remains|persists",
        "persists|persist|remains|remain|resolved|cleared|unchanged|stable|decreased|increased on|at|in the left|right",
        "has|have|is|are ~ resolved|cleared|gone|absent|unchanged|stable|increased|decreased|present|seen|persistent|improved|"
            + "worsened on|at|in the left|right"
    );

    private static readonly PhraseTable OtherPart = new(
        "the ~ apical|basilar|basal|lateral|medial|anterior|posterior component|portion|part is|has|remains|persists|appears|"
            + "unchanged|stable"
    );

    private static readonly PhraseTable NotThere = new(
        "not|none|no on|in|at|over|along the left|right",
        "not|none|no on|in|at|over left|right",
        "not the left|right",
        "not left|right",
        "none ~ seen|identified|present on the left|right"
    );

    private static readonly PhraseTable NoOtherSide = new("no|not|without left|right", "no|not on the left|right", "no|not ~ left|right");

    private static readonly PhraseTable GoneSide = new("resolution|clearing|disappearance of the|a left|right and|with|but|,");

    private static readonly PhraseTable AnotherOne = new(
        "small|large|tiny|moderate|trace|new|similar|smaller|larger|minimal|lesser|second one|ones",
        "the|another one|ones on|in|at"
    );

    /// <summary>Adds them, each with the pathology of the mention that it leans on.</summary>
    public static void AddTo(List<PathologyMention> mentions, IReadOnlyList<ReportWord> words)
    {
        if (mentions.Count == 0)
        {
            return;
        }

        List<PathologyMention> added = [];
        for (int i = 0; i < words.Count; i++)
        {
            if (mentions.Any(mention => i >= mention.First && i <= mention.Last))
            {
                continue;
            }

            int before = mentions.FindLastIndex(mention => mention.Last < i);
            int next = mentions.FindIndex(mention => mention.First > i);
            if (
                before >= 0
                && mentions[before].Pathology != Pathology.Cardiomegaly
                && At(words, i, next < 0 ? words.Count : mentions[next].First) is int word
            )
            {
                bool isElliptic = words[word].Text is not ("one" or "ones");
                added.Add(new PathologyMention(mentions[before].Pathology, word, word) { IsElliptic = isElliptic });
            }
            else if (next >= 0 && GoneSide.Match(words, i, mentions[next].First) > 0)
            {
                added.Add(new PathologyMention(mentions[next].Pathology, i + 3, i + 3));
            }
            else if (next >= 0 && OfBothSides(words, i, mentions[next].First))
            {
                added.Add(new PathologyMention(mentions[next].Pathology, i, i));
            }
        }

        mentions.AddRange(added);
        mentions.Sort((left, right) => left.First.CompareTo(right.First));
    }

    /// <summary>The word that stands for the finding.</summary>
    private static int? At(IReadOnlyList<ReportWord> words, int i, int end)
    {
        // A name in the same clause says what the side belongs to.
        int clause = i + 1;
        while (clause < end && !Cuts.Contains(words[clause].Text) && !words[clause].IsClauseEnd)
        {
            clause++;
        }

        bool isNamed = clause == end && end < words.Count;
        if (isNamed)
        {
            return null;
        }

        if (Cuts.Contains(words[i].Text) && (OtherSide.Match(words, i + 1, end) > 0 || OtherPart.Match(words, i + 1, end) > 0))
        {
            return i;
        }

        // "... while that in the left lower lobe has resolved".
        if (
            i > 0
            && words[i].Text is "that" or "those"
            && (Cuts.Contains(words[i - 1].Text) || words[i - 1].Text is "with")
            && i + 2 < end
            && words[i + 1].Text is "in" or "at" or "on" or "of"
        )
        {
            return i;
        }

        bool isPredicate = i > 0 && words[i - 1].Text is "is" or "are";
        if (!isPredicate && NotThere.Match(words, i, end) is var length and > 0 && EndsClause(words, i + length))
        {
            return i;
        }

        return AnotherOne.Match(words, i, end) > 0 ? i + 1 : null;
    }

    /// <summary>"None on the right", "not at the left lung base": no other noun follows.</summary>
    private static bool EndsClause(IReadOnlyList<ReportWord> words, int at)
    {
        while (
            at < words.Count
            && words[at].Text is "lung" or "side" or "sided" or "base" or "apex" or "hemithorax" or "lower" or "upper" or "lobe"
        )
        {
            at++;
        }

        return at >= words.Count || words[at].IsSeparator || words[at].IsClauseEnd || words[at].Text is "now" or "at" or "this";
    }

    /// <summary>"A right but no left effusion": the first side has the name in common.</summary>
    private static bool OfBothSides(IReadOnlyList<ReportWord> words, int i, int name)
    {
        if (i == 0 || words[i].Text is not ("but" or "and" or ",") || words[i - 1].Text is not ("left" or "right" or "sided"))
        {
            return false;
        }

        int length = NoOtherSide.Match(words, i + 1, name);
        return length > 0 && name - (i + 1 + length) <= 2;
    }
}
