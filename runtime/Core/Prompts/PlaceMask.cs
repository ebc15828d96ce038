namespace CxrOnnx.Core.Prompts;

/// <summary>Tells the words of a sentence that name no place of a finding.</summary>
internal static class PlaceMask
{
    private static readonly HashSet<string> Healthy =
    [
        "clear",
        "normal",
        "unremarkable",
        "sharp",
        "intact",
        "aerated",
        "expanded",
        "spared",
        "wnl",
        "uninvolved",
        "free",
    ];

    private static readonly HashSet<string> Motions =
    [
        "shift",
        "shifted",
        "shifts",
        "displaced",
        "displacement",
        "displaces",
        "deviated",
        "deviation",
        "deviates",
        "rotated",
        "rotation",
        "pushed",
        "pulled",
        "turned",
        "directed",
        "convex",
        "leans",
        "leaning",
    ];

    private static readonly HashSet<string> Obscures =
    [
        "obscures",
        "obscuring",
        "obscured",
        "silhouettes",
        "silhouetting",
        "effaces",
        "effacing",
        "obliterates",
        "obliterating",
        "abuts",
        "abutting",
    ];

    /// <summary>
    /// Words that name no place of a finding: names themselves, and stretches about healthy parts ("the right lung is clear").
    /// </summary>
    public static bool[] Of(IReadOnlyList<ReportWord> words, IReadOnlyList<PathologyMention> mentions)
    {
        bool[] masked = new bool[words.Count];
        bool[] named = new bool[words.Count];
        foreach (PathologyMention mention in mentions)
        {
            named.AsSpan(mention.First, mention.Last - mention.First + 1).Fill(true);
            if (mention.Pathology != Pathology.Cardiomegaly && !mention.IsSign)
            {
                masked.AsSpan(mention.First, mention.Last - mention.First + 1).Fill(true);
            }
        }

        for (int i = 0; i < words.Count; i++)
        {
            masked[i] |= IsNoSideOfFinding(words, i);
        }

        MaskPredominance(words, masked);

        int start = 0;
        bool nameBefore = false;
        for (int i = 0; i <= words.Count; i++)
        {
            if (
                i == words.Count
                || words[i].IsClauseEnd
                || words[i].Text is "," or "and" or "with" or "while" or "-" or "or" or "versus" or "vs"
            )
            {
                bool hasName = false,
                    isHealthy = false;
                for (int k = start; k < i; k++)
                {
                    hasName |= named[k];
                    isHealthy |=
                        (Healthy.Contains(words[k].Text) || IsOtherThing(words, k, i))
                        && !(k > start && words[k - 1].Text is "not" or "no");
                    isHealthy |= IsCutOff(words, k);

                    // "Re-expansion of the left lower lobe and improvement in the left effusion".
                    isHealthy |=
                        words[k].Text is "expansion" or "reexpansion"
                        && i < words.Count
                        && words[i].Text == "and"
                        && !mentions.Any(mention => mention.First > i && mention.Pathology == Pathology.Pneumothorax);
                }

                // "Opacities sparing the apices".
                int spared = Enumerable
                    .Range(start, i - start)
                    .FirstOrDefault(k => words[k].Text is "sparing" or "spares" or "excluding", i);
                // "Linear atelectasis or scarring at the right base": whichever it is, it lies there.
                bool isAlternative = nameBefore && start > 0 && words[start - 1].Text is "or" or "versus" or "vs";
                if (i > start)
                {
                    nameBefore = hasName && !Enumerable.Range(start, i - start).Any(k => IsSideOrZone(words[k].Text));
                }

                // "The right lung is clear apart from basal atelectasis", "left pleural thickening or effusion".
                bool isShared =
                    i < words.Count
                    && (
                        words[i].Text is "apart" or "aside" or "except"
                        || (
                            words[i].Text is "or" or "versus" or "vs"
                            && words.Skip(start).Take(i - start).Any(word => word.Text == "pleural")
                        )
                    );
                int from = isHealthy && !hasName && !isShared && !isAlternative ? start : spared;
                masked.AsSpan(from, i - from).Fill(true);

                start = i + 1;
            }
        }

        return masked;
    }

    private static bool IsSideOrZone(string word) =>
        word != "pleural" && (LocationWords.SideOf(word) is not null || LocationWords.IsPlace(word));

    /// <summary>
    /// "Bilateral opacities with perihilar predominance": the place of most of it, where all of it has one. Alone it is the only place.
    /// </summary>
    private static void MaskPredominance(IReadOnlyList<ReportWord> words, bool[] masked)
    {
        for (int i = 1; i < words.Count; i++)
        {
            int first = i;
            while (first > 0 && (IsSideOrZone(words[first - 1].Text) || words[first - 1].Text is "lobe" or "lung" or "zone"))
            {
                first--;
            }

            if (words[i].Text is "predominance" or "dominance" && words.Take(first).Any(word => IsSideOrZone(word.Text)))
            {
                masked.AsSpan(first, i - first).Fill(true);
            }
        }
    }

    /// <summary>
    /// A word that looks like the side of a finding and is none: "shifted to the right", "left lateral decubitus view", "in the right
    /// clinical setting", "left in place", "atelectasis, effusion, or both".
    /// </summary>
    public static bool IsNoSideOfFinding(IReadOnlyList<ReportWord> words, int i)
    {
        string word = words[i].Text,
            next = i + 1 < words.Count ? words[i + 1].Text : "";
        if (word == "both")
        {
            // "Due to effusion, atelectasis, or both", but "in one or both lungs".
            bool isLast = next.Length == 0 || words[i + 1].IsSeparator || words[i + 1].IsClauseEnd;
            if (isLast && i > 0 && words[i - 1].Text == "or")
            {
                return true;
            }

            // "Both the right upper and the right lower lobes".
            string second = i + 2 < words.Count ? words[i + 2].Text : "";
            if (next is "left" or "right" || (next == "the" && second is "left" or "right"))
            {
                return true;
            }

            // "Both consolidation and effusion".
            return i + 2 < words.Count
                && words[i + 2].Text == "and"
                && MentionVocabulary.IsName(next)
                && (next[^1] != 's' || next.EndsWith("is", StringComparison.Ordinal));
        }

        if (word is not ("left" or "right" or "lt" or "rt" or "l" or "r"))
        {
            return false;
        }

        bool isFormer =
            i > 2 && words[i - 1].Text == "the" && words[i - 2].Text is "on" or "in" && words[i - 3].Text is "previously" or "formerly";

        bool isDirection =
            i > 0
            && (
                words[i - 1].Text is "to" or "toward" or "towards"
                || (i > 1 && words[i - 1].Text == "the" && words[i - 2].Text is "to" or "toward" or "towards")
            )
            && words
                .Skip(Math.Max(0, i - 6))
                .Take(Math.Min(6, i))
                .Reverse()
                .TakeWhile(before => !before.IsClauseEnd)
                .Any(before => Motions.Contains(before.Text));
        bool isView =
            next is "decubitus" or "oblique"
            || (
                next is "lateral" or "anterior" or "posterior"
                && i + 2 < words.Count
                && words[i + 2].Text is "decubitus" or "oblique" or "view" or "projection"
            );
        // "Middle lobe opacity that obscures the right heart border".
        bool isBorder =
            next is "heart" or "cardiac" or "mediastinal"
            && i + 2 < words.Count
            && words[i + 2].Text is "border" or "borders" or "margin" or "contour"
            && words.Skip(Math.Max(0, i - 3)).Take(Math.Min(3, i)).Any(before => Obscures.Contains(before.Text));
        return isDirection
            || isBorder
            || isFormer
            || (i > 0 && words[i - 1].Text is "dr" or "doctor")
            || isView
            || (word == "right" && next is "clinical" or "setting" or "context" or "now" or "away" or "answer" or "after")
            || (word == "left" && next == "in" && i + 2 < words.Count && words[i + 2].Text is "place" or "situ" or "position");
    }

    /// <summary>
    /// "Left apical scarring", and "chest tube on the right with small pneumothorax": the side behind a device. That before one is no
    /// matter of whole stretches (<see cref="LocationScanner"/>).
    /// </summary>
    private static bool IsOtherThing(IReadOnlyList<ReportWord> words, int thing, int end) =>
        OtherThings.Contains(words[thing].Text)
        && (
            !OtherThings.HasOwnSide(words[thing].Text)
            || words.Skip(thing + 1).Take(Math.Max(0, end - thing - 1)).Any(word => word.Text is "on" or "at" or "in" or "over" or "with")
        );

    /// <summary>"The bases are not included".</summary>
    private static bool IsCutOff(IReadOnlyList<ReportWord> words, int i) =>
        words[i].Text is "clipped" or "omitted"
        || (words[i].Text is "included" or "imaged" && i > 0 && words[i - 1].Text is "not" or "incompletely" or "partially")
        || (words[i].Text == "excluded" && i > 0 && words[i - 1].Text is "is" or "are" or "was" or "were" or "partially");
}
