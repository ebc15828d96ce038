namespace CxrOnnx.Core.Prompts;

/// <summary>Where a sentence names a pathology.</summary>
/// <param name="Pathology">The pathology.</param>
/// <param name="First">Index of the first word of the name.</param>
/// <param name="Last">Index of the last word.</param>
internal readonly record struct PathologyMention(Pathology Pathology, int First, int Last)
{
    /// <summary>A second pathology that the same word names: the fluid of a hydropneumothorax.</summary>
    public Pathology? Also { get; init; }

    /// <summary>Whether only a sign of it is named, such as a blunted angle: such a finding is always uncertain.</summary>
    public bool IsSign { get; init; }

    /// <summary>Whether a lung is only said to be smaller: a word for what another name may say already.</summary>
    public bool IsVolumeLoss { get; init; }

    /// <summary>Whether the name is left out and the side stands for it: "... and the left has resolved".</summary>
    public bool IsElliptic { get; init; }

    /// <summary>The word after a sign that this mention explains ("opacity consistent with pneumonia"); 0 without one.</summary>
    public int AfterSign { get; init; }

    /// <summary>Where the name of such a sign begins; that of the mention without one.</summary>
    public int FirstWithSign { get; init; } = First;

    /// <summary>All mentions in the order of the sentence.</summary>
    public static List<PathologyMention> Find(IReadOnlyList<ReportWord> words)
    {
        List<PathologyMention> mentions = [];
        int i = 0;
        while (i < words.Count)
        {
            if (MentionVocabulary.At(words, i) is { } mention)
            {
                AddOrMerge(mentions, mention);
                i = mention.Last + 1;
            }
            else
            {
                i++;
            }
        }

        mentions.RemoveAll(mention => mention.IsVolumeLoss && IsSaidBefore(mention, mentions, words));
        EllipticMentions.AddTo(mentions, words);

        // From the end, so that a sign of a sign goes too.
        for (int k = mentions.Count - 2; k >= 0; k--)
        {
            if (SignsAndDiagnoses.StandsFor(words, mentions[k], mentions[k + 1]))
            {
                int after = SignsAndDiagnoses.InterpretationAfter(words, mentions[k]);
                mentions[k + 1] = mentions[k + 1] with
                {
                    AfterSign = Math.Max(mentions[k + 1].AfterSign, after),
                    FirstWithSign = mentions[k].FirstWithSign,
                };
                mentions.RemoveAt(k);
            }
        }

        return mentions;
    }

    /// <summary>"Probable right upper lobe atelectasis with volume loss" speaks of one thing.</summary>
    private static bool IsSaidBefore(PathologyMention loss, List<PathologyMention> mentions, IReadOnlyList<ReportWord> words)
    {
        int before = mentions.FindLastIndex(mention => mention.Last < loss.First);
        return before >= 0
            && mentions[before].Pathology == loss.Pathology
            && words.Skip(mentions[before].Last + 1).Take(loss.First - mentions[before].Last - 1).All(word => !word.IsClauseEnd)
            && !words
                .Skip(mentions[before].Last + 1)
                .TakeWhile(word => !word.IsClauseEnd)
                .Any(word => LocationWords.IsPlace(word.Text) || LocationWords.SideOf(word.Text) is not null);
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
