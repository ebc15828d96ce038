namespace CxrOnnx.Core.Prompts;

/// <summary>The names of the eight pathologies: single words, phrases, and words that name one only in the right company.</summary>
internal static class MentionVocabulary
{
    private static readonly Dictionary<string, Pathology> SingleWords = Words(
        (Pathology.Pneumonia, "pneumonia pneumonias pneumonic bronchopneumonia bronchopneumonic pna infection"),
        (
            Pathology.Pneumothorax,
            "pneumothorax pneumothoraces pneumothoraxes ptx ptxs hydropneumothorax hydropneumothoraces hemopneumothorax "
                + "haemopneumothorax pyopneumothorax pnx"
        ),
        (Pathology.PleuralEffusion, "effusion effusions hydrothorax hemothorax haemothorax hemothoraces empyema eff effs effn effns"),
        (
            Pathology.LungOpacity,
            "opacity opacities opacification opacifications opacified infiltrate infiltrates infiltration infiltrations haziness "
                + "shadowing opac opacs"
        ),
        (Pathology.Atelectasis, "atelectasis atelectases atelectatic atelectasia atx atel"),
        (Pathology.Cardiomegaly, "cardiomegaly cardiomeg"),
        (Pathology.Consolidation, "consolidation consolidations consolidative consolidated consol condensation condensations"),
        (Pathology.Edema, "edema oedema")
    );

    // One word, two findings.
    private static readonly HashSet<string> AirAndFluid =
    [
        "hydropneumothorax",
        "hydropneumothoraces",
        "hemopneumothorax",
        "haemopneumothorax",
        "pyopneumothorax",
    ];

    private static readonly (Pathology Pathology, PhraseTable Phrases)[] Phrases =
    [
        (
            Pathology.PleuralEffusion,
            new(
                "pleural effusion|effusions|fluid|collection|collections",
                "loculated|layering|subpulmonic|subpulmonary|fissural|intrafissural|interlobar|encapsulated|encysted fluid|collection|"
                    + "collections",
                "fluid in|within|along|layering the pleural|fissure|fissures",
                "fluid in|within the major|minor fissure|fissures|pleural"
            )
        ),
        (
            Pathology.Pneumonia,
            new("infectious|infective|pneumonic consolidation|consolidations|infiltrate|infiltrates|opacity|opacities|process")
        ),
        (
            Pathology.LungOpacity,
            new(
                "airspace|alveolar disease|opacity|opacities|opacification|shadowing|process|infiltrate|infiltrates",
                "air space disease|opacity|opacities|opacification|shadowing|process|infiltrate|infiltrates"
            )
        ),
        (Pathology.Consolidation, new("consolidative disease|opacity|opacities|opacification|process|change|changes")),
        (Pathology.Atelectasis, new("volume loss", "loss of volume", "loss of lung volume")),
    ];

    private const int Near = 6;
    private const int Far = 12;

    /// <summary>Whether a word alone names a pathology.</summary>
    public static bool IsName(string word) => SingleWords.ContainsKey(word);

    /// <summary>The longer words that alone name a pathology.</summary>
    public static IEnumerable<string> LongNames(int shortest) => SingleWords.Keys.Where(name => name.Length >= shortest);

    /// <summary>Whether a word only describes a shadow, a lobe or a degree.</summary>
    public static bool IsQuality(string word) =>
        MentionContext.ShadowQualities.Contains(word) || MentionContext.LungWords.Contains(word) || MentionContext.Degrees.Contains(word);

    /// <summary>The mention that begins at a word, if one does.</summary>
    public static PathologyMention? At(IReadOnlyList<ReportWord> words, int i)
    {
        string word = words[i].Text;
        foreach ((Pathology pathology, PhraseTable phrases) in Phrases)
        {
            int length = phrases.Match(words, i, words.Count);
            if (length > 0 && (pathology != Pathology.Atelectasis || IsLobeSmaller(words, i)))
            {
                return new PathologyMention(pathology, i, i + length - 1) { IsVolumeLoss = pathology == Pathology.Atelectasis };
            }
        }

        if (SingleWords.TryGetValue(word, out Pathology? named))
        {
            return OtherMeanings.IsElsewhere(words, i, named)
                ? null
                : new PathologyMention(named, i, i) { Also = AirAndFluid.Contains(word) ? Pathology.PleuralEffusion : null };
        }

        return word switch
        {
            "collapse" or "collapsed" or "collapsing" when IsLungCollapsed(words, i) => new PathologyMention(Pathology.Atelectasis, i, i),
            "fluid" when IsPleuralFluid(words, i) => new PathologyMention(Pathology.PleuralEffusion, i, i),
            "density" or "densities" when IsShadow(words, i) => new PathologyMention(Pathology.LungOpacity, i, i),
            "blunting"
            or "blunted"
            or "blunts"
            or "blunt"
            or "pinching"
            or "pinched"
            or "impingement"
            or "obliteration"
            or "obliterated"
            or "effacement"
            or "effaced" when IsAngleBlunted(words, i) => new PathologyMention(Pathology.PleuralEffusion, i, i) { IsSign = true },
            "loss" when IsAngleLost(words, i) => new PathologyMention(Pathology.PleuralEffusion, i, i) { IsSign = true },
            "cm" when (i == 0 ? IsAlone(words, i) : MentionContext.Degrees.Contains(words[i - 1].Text)) => new PathologyMention(
                Pathology.Cardiomegaly,
                i,
                i
            ),
            _ => HeartSize.At(words, i),
        };
    }

    /// <summary>"Fluid in the right minor fissure", "fluid tracking along the lateral chest wall".</summary>
    private static bool IsPleuralFluid(IReadOnlyList<ReportWord> words, int i)
    {
        string next = i + 1 < words.Count ? words[i + 1].Text : "";
        if (i > 1 && words[i - 1].Text == "of" && words[i - 2].Text is "amount" or "component" or "amounts")
        {
            // "Thickening of the fissure suggests a small amount of fluid", "pneumothorax with a component of fluid".
            return words.Any(word =>
                word.Text is "fissure" or "fissures" or "pleural" or "hemithorax" or "costophrenic" or "pneumothorax" or "ptx"
            );
        }

        return next is "in" or "within" or "along" or "into" or "tracking" or "layering" or "extending"
            && Around(words, i, 0, Near + 1)
                .TakeWhile(index => !SingleWords.ContainsKey(words[index].Text))
                .Any(index =>
                    words[index].Text is "fissure" or "fissures" or "pleural"
                    || (
                        words[index].Text == "costophrenic"
                        && index > i
                        && !words.Skip(i).Take(index - i).Any(word => word.IsSeparator || word.IsClauseEnd)
                    )
                    || (
                        next is "tracking" or "layering"
                        && words[index].Text is "chest" or "hemithorax" or "apex" or "base" or "dependently"
                    )
                );
    }

    /// <summary>"Loss of the left costophrenic angle".</summary>
    private static bool IsAngleLost(IReadOnlyList<ReportWord> words, int i) =>
        i + 1 < words.Count
        && words[i + 1].Text == "of"
        && words.Skip(i + 2).Take(4).TakeWhile(word => !word.IsSeparator).Any(word => MentionContext.AngleWords.Contains(word.Text));

    /// <summary>"CM, CHF, small effusion".</summary>
    private static bool IsAlone(IReadOnlyList<ReportWord> words, int i) =>
        i + 1 == words.Count || words[i + 1].IsClauseEnd || words[i + 1].Text is "," or "and";

    /// <summary>"Volume loss at the left base", but not what is left of a lung after surgery.</summary>
    private static bool IsLobeSmaller(IReadOnlyList<ReportWord> words, int i) =>
        Around(words, i, Far, Far)
            .Any(index =>
                MentionContext.LungWords.Contains(words[index].Text)
                || words[index].Text is "left" or "right" or "bilateral" or "costophrenic"
            ) && !words.Any(word => MentionContext.AfterSurgery.Contains(word.Text));

    /// <summary>The lung around a pneumothorax is collapsed too, which is no atelectasis of its own; and vertebrae collapse.</summary>
    private static bool IsLungCollapsed(IReadOnlyList<ReportWord> words, int i)
    {
        List<int> around = Around(words, i, Near, Near);
        bool ofLobe = around.Any(index => MentionContext.LobeWords.Contains(words[index].Text));
        bool ofLung = Around(words, i, Far, Near).Any(index => MentionContext.LungWords.Contains(words[index].Text));
        return (ofLobe || (ofLung && !words.Any(word => word.Text is "pneumothorax" or "ptx" or "hydropneumothorax")))
            && !around.Any(index => MentionContext.BoneWords.Contains(words[index].Text));
    }

    private static bool IsShadow(IReadOnlyList<ReportWord> words, int i) =>
        (
            Around(words, i, 5, 0)
                .Any(index =>
                    MentionContext.ShadowQualities.Contains(words[index].Text) || MentionContext.LungWords.Contains(words[index].Text)
                )
            || Around(words, i, 0, Far)
                .Any(index => MentionContext.LungWords.Contains(words[index].Text) || words[index].Text == "perihilar")
        ) && !Around(words, i, 3, 3).Any(index => MentionContext.BoneWords.Contains(words[index].Text));

    private static bool IsAngleBlunted(IReadOnlyList<ReportWord> words, int i)
    {
        List<int> around = Around(words, i, Near, Near + 2);
        bool isOld =
            words.Any(word => MentionContext.OldPleura.Contains(word.Text))
            && !words.Any(word => MentionContext.Alternatives.Contains(word.Text));
        return around.Any(index => MentionContext.AngleWords.Contains(words[index].Text)) && !isOld;
    }

    /// <summary>The words near one, as far as the clause goes.</summary>
    public static List<int> Around(IReadOnlyList<ReportWord> words, int i, int before, int after)
    {
        List<int> around = [];
        for (int k = i - 1; k >= 0 && k >= i - before && !words[k].IsClauseEnd; k--)
        {
            around.Add(k);
        }

        for (int k = i + 1; k < words.Count && k <= i + after && !words[k].IsClauseEnd; k++)
        {
            around.Add(k);
        }

        return around;
    }

    private static Dictionary<string, Pathology> Words(params (Pathology Pathology, string Words)[] table) =>
        table
            .SelectMany(row => row.Words.Split(' ').Select(word => (word, row.Pathology)))
            .ToDictionary(pair => pair.word, pair => pair.Pathology);
}
