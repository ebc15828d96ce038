namespace CxrOnnx.Core.Prompts;

/// <summary>"Heart is enlarged", "enlarged cardiac silhouette", "HEART: large".</summary>
internal static class HeartSize
{
    // Words of a report between the heart and its size: "the cardiac silhouette is mildly enlarged".
    private const int WidestPhrase = 9;

    private static readonly HashSet<string> Heart = ["heart", "cardiac", "cardiomediastinal", "cardiopericardial", "cardiothoracic"];

    private static readonly HashSet<string> Large =
    [
        "enlarged",
        "enlargement",
        "enlarging",
        "large",
        "big",
        "increased",
        "elevated",
        "dilated",
    ];

    // These say it of the heart only where nothing follows that they could describe: "heart size is stable with large effusions".
    private static readonly HashSet<string> NeedAnEnd = ["large", "big", "increased", "elevated", "dilated"];

    private static readonly HashSet<string> Ends =
    [
        "and",
        "but",
        "in",
        "from",
        "since",
        "compared",
        "for",
        "with",
        "as",
        "-",
        ",",
        ";",
        "or",
        "on",
        "due",
    ];

    private static readonly HashSet<string> Stops =
    [
        ",",
        "normal",
        "unremarkable",
        "there",
        "pulmonary",
        "hilar",
        "hila",
        "hilum",
        "aorta",
        "aortic",
        "thyroid",
        "lymph",
        "node",
        "nodes",
        "azygos",
        "artery",
        "arteries",
    ];

    /// <summary>The mention that begins at a word, if one does.</summary>
    public static PathologyMention? At(IReadOnlyList<ReportWord> words, int i)
    {
        string first = words[i].Text;
        string next = i + 1 < words.Count ? words[i + 1].Text : "";
        return Heart.Contains(first) || IsRatio(first, next) ? AfterHeart(words, i)
            : first is "increase" or "increased" && RatioBehind(words, i) is { } ratio ? ratio
            : Large.Contains(first) ? BeforeHeart(words, i)
            : null;
    }

    private static bool IsRatio(string word, string next) => word == "ctr" || (word == "ct" && next is "ratio" or "index");

    /// <summary>"Increase in the cardiothoracic index", "increased CT ratio".</summary>
    private static PathologyMention? RatioBehind(IReadOnlyList<ReportWord> words, int i)
    {
        int at = i + 1;
        while (at < words.Count && words[at].Text is "in" or "of" or "the")
        {
            at++;
        }

        return
            at < words.Count
            && (IsRatio(words[at].Text, at + 1 < words.Count ? words[at + 1].Text : "") || words[at].Text == "cardiothoracic")
            ? new PathologyMention(Pathology.Cardiomegaly, i, at) { IsSign = true }
            : null;
    }

    private static PathologyMention? AfterHeart(IReadOnlyList<ReportWord> words, int i)
    {
        bool isRatio = words[i].Text is "cardiothoracic" or "ct" or "ctr";
        for (int j = i + 1; j < Math.Min(words.Count, i + WidestPhrase) && !words[j].IsClauseEnd; j++)
        {
            if (Stops.Contains(words[j].Text) && !IsBeforeSize(words, j))
            {
                return null;
            }

            if (Large.Contains(words[j].Text) && !SaysItOfOther(words, j))
            {
                // "The heart is not enlarged" has its negation inside; the mention is the word that carries the finding.
                return new PathologyMention(Pathology.Cardiomegaly, j, j) { IsSign = isRatio };
            }
        }

        return null;
    }

    /// <summary>"Cardiothoracic ratio 18/30, enlarged": a comma, the size, and nothing that it could describe.</summary>
    private static bool IsBeforeSize(IReadOnlyList<ReportWord> words, int comma)
    {
        int size = comma + 1 < words.Count && PhraseTable.IsShade(words[comma + 1].Text) ? comma + 2 : comma + 1;
        return words[comma].Text == ","
            && size < words.Count
            && words[size].Text == "enlarged"
            && (size + 1 == words.Count || words[size + 1].IsSeparator);
    }

    private static PathologyMention? BeforeHeart(IReadOnlyList<ReportWord> words, int i)
    {
        for (int j = i + 1; j < Math.Min(words.Count, i + WidestPhrase); j++)
        {
            if (Heart.Contains(words[j].Text))
            {
                // "Increased heart size", but not "increased cardiac markings".
                bool fits =
                    !NeedAnEnd.Contains(words[i].Text)
                    || words[j].Text == "heart"
                    || (j + 1 < words.Count && words[j + 1].Text is "size" or "silhouette" or "ratio");
                return fits ? new PathologyMention(Pathology.Cardiomegaly, i, j) { IsSign = words[j].Text == "cardiothoracic" } : null;
            }

            if (
                words[j].IsSeparator
                || words[j].IsClauseEnd
                || Stops.Contains(words[j].Text)
                || words[j].Text is "is" or "are"
                || (NeedAnEnd.Contains(words[i].Text) && j > i + 1)
            )
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>"Enlargement of the hila", "large hiatal hernia".</summary>
    private static bool SaysItOfOther(IReadOnlyList<ReportWord> words, int large)
    {
        string next = large + 1 < words.Count ? words[large + 1].Text : "";

        // "Cardiac silhouette of increased size", but not "heart stable, increased size of the effusion"; and, dictated, "heart is large
        // lungs show".
        bool isOwnSize = next == "size" && (large + 2 == words.Count || words[large + 2].IsSeparator || words[large + 2].IsClauseEnd);
        bool isNextSentence = next == "lungs" && words[large - 1].Text is "is" or "appears" or "remains" or "looks";
        return !isOwnSize
            && !isNextSentence
            && (
                NeedAnEnd.Contains(words[large].Text)
                    ? next.Length > 0 && !Ends.Contains(next)
                    : words
                        .Skip(large + 1)
                        .Take(4)
                        .TakeWhile(word => !word.IsSeparator && !word.IsClauseEnd && word.Text != "there")
                        .Any(word => Stops.Contains(word.Text))
            );
    }
}
