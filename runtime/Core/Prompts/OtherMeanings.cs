namespace CxrOnnx.Core.Prompts;

/// <summary>Names of pathologies that mean something outside the lungs and the pleura.</summary>
internal static class OtherMeanings
{
    // The same words for something else: fluid around the heart, swelling under the skin, a rod of metal.
    private static readonly Dictionary<Pathology, HashSet<string>> ElsewhereAfter = new()
    {
        [Pathology.PleuralEffusion] = ["pericardial", "joint", "knee", "subdural", "ear", "shoulder", "elbow", "hip", "ankle"],
        [Pathology.Edema] =
        [
            "subcutaneous",
            "tissue",
            "cerebral",
            "peripheral",
            "leg",
            "pedal",
            "ankle",
            "wall",
            "brain",
            "bowel",
            "marrow",
            "extremity",
            "laryngeal",
            "vasogenic",
            "breast",
            "arm",
            "scalp",
            "neck",
            "body",
            "facial",
        ],
        [Pathology.LungOpacity] = ["metallic", "calcific", "calcified", "bony"],
        [Pathology.Pneumonia] = ["tract", "wound", "urinary", "line", "sinus", "skin"],
    };

    // "Edema of the breast", "consolidation of the fracture".
    private static readonly HashSet<string> OtherParts =
    [
        "breast",
        "breasts",
        "arm",
        "leg",
        "legs",
        "ankle",
        "knee",
        "shoulder",
        "elbow",
        "tissues",
        "stomach",
        "bowel",
        "colon",
        "fracture",
        "fractures",
        "maxillary",
        "mastoid",
        "brain",
        "scalp",
        "neck",
    ];

    /// <summary>"Edema of the left breast".</summary>
    private static bool IsElsewhereBehind(IReadOnlyList<ReportWord> words, int i) =>
        i + 1 < words.Count
        && words[i + 1].Text is "of" or "in"
        && MentionVocabulary
            .Around(words, i, 0, 5)
            .TakeWhile(index => !words[index].IsSeparator)
            .Any(index => OtherParts.Contains(words[index].Text));

    /// <summary>Whether a name means something else here: fluid around the heart, swelling under the skin.</summary>
    public static bool IsElsewhere(IReadOnlyList<ReportWord> words, int i, Pathology pathology)
    {
        if (IsElsewhereBehind(words, i))
        {
            return true;
        }

        if (i == 0 || !ElsewhereAfter.TryGetValue(pathology, out HashSet<string>? places) || !places.Contains(words[i - 1].Text))
        {
            return false;
        }

        // "Pleural and pericardial effusions", "respiratory tract infection".
        return !MentionVocabulary.Around(words, i, 4, 0).Any(index => words[index].Text is "pleural" or "respiratory");
    }
}
