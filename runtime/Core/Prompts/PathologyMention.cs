namespace CxrOnnx.Core.Prompts;

/// <summary>Where a sentence names a pathology.</summary>
/// <param name="Pathology">The pathology.</param>
/// <param name="First">Index of the first word of the name.</param>
/// <param name="Last">Index of the last word.</param>
internal readonly record struct PathologyMention(Pathology Pathology, int First, int Last)
{
    private static readonly Dictionary<string, Pathology> SingleWords = new(StringComparer.Ordinal)
    {
        ["pneumonia"] = Pathology.Pneumonia,
        ["pneumonias"] = Pathology.Pneumonia,
        ["pneumonic"] = Pathology.Pneumonia,
        ["bronchopneumonia"] = Pathology.Pneumonia,
        ["pneumothorax"] = Pathology.Pneumothorax,
        ["pneumothoraces"] = Pathology.Pneumothorax,
        ["pneumothoraxes"] = Pathology.Pneumothorax,
        ["hydropneumothorax"] = Pathology.Pneumothorax,
        ["hydrothorax"] = Pathology.PleuralEffusion,
        ["ptx"] = Pathology.Pneumothorax,
        ["effusion"] = Pathology.PleuralEffusion,
        ["effusions"] = Pathology.PleuralEffusion,
        ["opacity"] = Pathology.LungOpacity,
        ["opacities"] = Pathology.LungOpacity,
        ["opacification"] = Pathology.LungOpacity,
        ["opacifications"] = Pathology.LungOpacity,
        ["infiltrate"] = Pathology.LungOpacity,
        ["infiltrates"] = Pathology.LungOpacity,
        ["atelectasis"] = Pathology.Atelectasis,
        ["atelectases"] = Pathology.Atelectasis,
        ["atelectatic"] = Pathology.Atelectasis,
        ["cardiomegaly"] = Pathology.Cardiomegaly,
        ["consolidation"] = Pathology.Consolidation,
        ["consolidations"] = Pathology.Consolidation,
        ["consolidative"] = Pathology.Consolidation,
        ["edema"] = Pathology.Edema,
        ["oedema"] = Pathology.Edema,
    };

    // Words of a report between the heart and its size: "the cardiac silhouette is mildly enlarged".
    private const int WidestHeartPhrase = 8;

    /// <summary>All mentions in the order of the sentence.</summary>
    public static List<PathologyMention> Find(IReadOnlyList<ReportWord> words)
    {
        List<PathologyMention> mentions = [];
        int i = 0;
        while (i < words.Count)
        {
            if (At(words, i) is { } mention)
            {
                AddOrMerge(mentions, mention);
                i = mention.Last + 1;
            }
            else
            {
                i++;
            }
        }

        // From the end, so that a sign of a sign goes too.
        for (int k = mentions.Count - 2; k >= 0; k--)
        {
            if (StandsFor(words, mentions[k], mentions[k + 1]))
            {
                mentions.RemoveAt(k);
            }
        }

        return mentions;
    }

    /// <summary>
    /// Whether an opacity or a consolidation is only the sign of the diagnosis that follows without a doubt: "opacity in the left lower
    /// lobe consistent with pneumonia". Where the diagnosis is hedged the sign is the finding that is certain, and both stay.
    /// </summary>
    private static bool StandsFor(IReadOnlyList<ReportWord> words, PathologyMention sign, PathologyMention diagnosis)
    {
        bool isSign =
            sign.Pathology == Pathology.LungOpacity
            || (sign.Pathology == Pathology.Consolidation && diagnosis.Pathology == Pathology.Pneumonia);
        bool isDiagnosis =
            diagnosis.Pathology == Pathology.Pneumonia
            || diagnosis.Pathology == Pathology.Atelectasis
            || diagnosis.Pathology == Pathology.Edema
            || diagnosis.Pathology == Pathology.Consolidation;
        if (!isSign || !isDiagnosis || sign.Pathology == diagnosis.Pathology)
        {
            return false;
        }

        ReportWord[] between = [.. words.Skip(sign.Last + 1).Take(diagnosis.First - sign.Last - 1)];
        return between.Any(word =>
                word.Text
                    is "consistent"
                        or "compatible"
                        or "representing"
                        or "represents"
                        or "reflecting"
                        or "reflects"
                        or "keeping"
                        or "due"
            )
            && !between.Any(word =>
                word.IsClauseEnd
                || word.Text is "may" or "might" or "could" or "likely" or "probably" or "possibly" or "and" or "no" or "not"
            );
    }

    private static PathologyMention? At(IReadOnlyList<ReportWord> words, int i)
    {
        string word = words[i].Text;
        string next = i + 1 < words.Count ? words[i + 1].Text : "";
        string previous = i > 0 ? words[i - 1].Text : "";
        if (word == "pleural" && next is "effusion" or "effusions" or "fluid")
        {
            return new PathologyMention(Pathology.PleuralEffusion, i, i + 1);
        }

        if (
            word is "infectious" or "infective"
            && next is "consolidation" or "consolidations" or "infiltrate" or "infiltrates" or "opacity" or "opacities" or "process"
        )
        {
            return new PathologyMention(Pathology.Pneumonia, i, i + 1);
        }

        if (word is "airspace" or "consolidative" && next is "disease" or "opacity" or "opacities" or "opacification")
        {
            return new PathologyMention(word == "airspace" ? Pathology.LungOpacity : Pathology.Consolidation, i, i + 1);
        }

        if (word == "air" && next == "space" && i + 2 < words.Count && words[i + 2].Text is "disease" or "opacity" or "opacities")
        {
            return new PathologyMention(Pathology.LungOpacity, i, i + 2);
        }

        if (SingleWords.TryGetValue(word, out Pathology? pathology))
        {
            // Fluid around the heart, under the skin or in a joint is something else.
            bool elsewhere = pathology == Pathology.PleuralEffusion && previous is "pericardial" or "joint";
            bool inSoftTissue =
                pathology == Pathology.Edema && previous is "subcutaneous" or "tissue" or "cerebral" or "peripheral" or "leg";
            return elsewhere || inSoftTissue ? null : new PathologyMention(pathology, i, i);
        }

        return HeartEnlargedAt(words, i);
    }

    /// <summary>"Heart is enlarged", "enlarged cardiac silhouette", "cardiac enlargement".</summary>
    private static PathologyMention? HeartEnlargedAt(IReadOnlyList<ReportWord> words, int i)
    {
        bool IsHeart(string text) => text is "heart" or "cardiac" or "cardiomediastinal";
        bool IsLarge(string text) => text is "enlarged" or "enlargement";
        string first = words[i].Text;
        if (!IsHeart(first) && !IsLarge(first))
        {
            return null;
        }

        int end = Math.Min(words.Count, i + WidestHeartPhrase);
        for (int j = i + 1; j < end && !words[j].IsClauseEnd && words[j].Text != ","; j++)
        {
            if (IsHeart(first) ? IsLarge(words[j].Text) : IsHeart(words[j].Text))
            {
                // "The heart is not enlarged" has its negation inside; the mention is the word that carries the finding.
                int at = IsHeart(first) ? j : i;
                return new PathologyMention(Pathology.Cardiomegaly, at, j);
            }
        }

        return null;
    }

    /// <summary>"Atelectatic opacity" or "consolidative opacities" name one thing; the first word says which.</summary>
    private static void AddOrMerge(List<PathologyMention> mentions, PathologyMention mention)
    {
        bool describes =
            mentions.Count > 0
            && mentions[^1].Last == mention.First - 1
            && mention.Pathology == Pathology.LungOpacity
            && mentions[^1].Pathology != Pathology.PleuralEffusion;
        if (describes)
        {
            mentions[^1] = mentions[^1] with { Last = mention.Last };
        }
        else
        {
            mentions.Add(mention);
        }
    }
}
