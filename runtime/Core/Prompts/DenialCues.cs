namespace CxrOnnx.Core.Prompts;

/// <summary>The phrases that deny a finding, and those that merely sound like it.</summary>
/// <remarks>After the idea of NegEx (Chapman et al. 2001): cues before and after a finding. The phrases are our own.</remarks>
internal static class DenialCues
{
    /// <summary>They contain a cue but deny nothing: the finding is there and has not changed, or was not there before.</summary>
    public static PhraseTable Neutral { get; } =
        new(
            "no|without|not ~ change|changes|changed|increase|decrease|progression|improvement|improved|difference|different|decreased|"
                + "worsened|progressed",
            "no|without ~ worsening|growth of|in",
            "no|without evidence|sign|signs|suggestion of|for ~ change|increase|decrease|progression|improvement|worsening|growth|"
                + "resolution",
            "no|without ~ enlargement|expansion of the|a left|right|known|apical|basilar|residual|small|pleural|effusion|effusions|"
                + "pneumothorax|opacity|consolidation",
            "not true|correct|accurate that there is|are no",
            "not without",
            "with or without",
            "resolved or|and|/ resolving|improving",
            "not diagnostic of|for",
            "unclear|uncertain|unsure|unknown if",
            "no|without ~ change|difference in",
            "not ~ resolved|cleared|resolving|clearing|gone|disappeared",
            "no ~ resolution|clearing of|in",
            "no more|less than",
            "no ~ smaller|larger|bigger|better|worse|greater",
            "not|cannot|can't|couldn't|never ~ exclude|excluded|excluding|eliminated",
            "not|cannot|can't|couldn't|never ~ ruled|rule out",
            "cannot ~ exclude|excluded",
            "difficult|hard|impossible|unable|insufficient to ~ exclude|rule",
            "doesn't ~ exclude",
            "without excluding",
            "not only",
            "not just",
            "no doubt",
            "without doubt",
            "no question",
            "no longer as",
            "not as",
            "if not",
            "whether or not",
            "not surprisingly",
            "not previously",
            "never previously",
            "previously not|absent|unseen",
            "previously ~ not|absent",
            "not ~ on|in the|a ~ prior|previous|earlier|last",
            "no|without ~ prior|priors|previous|earlier|comparison study|studies|exam|exams|examination|examinations|radiograph|"
                + "radiographs|film|films|image|images|imaging|comparison|available",
            "no|without priors|comparison",
            "not included|imaged|assessed|evaluated|obtained",
            "not ~ fully|completely|entirely included|imaged|assessed|evaluated",
            "no known",
            "not unexpected",
            "without drainage|removal|treatment"
        );

    /// <summary>Forward over a list: "no focal consolidation, effusion or pneumothorax".</summary>
    public static PhraseTable AbsentList { get; } =
        new(
            "no",
            "not",
            "without",
            "negative ~ for",
            "neg ~ for",
            "free of|from",
            "clear of|from",
            "devoid of",
            "absence of",
            "nonvisualization|nonvisualisation of",
            "non visualization|visualisation of",
            "lack of",
            "lacks",
            "lacking",
            "neither",
            "nor",
            "never",
            "zero",
            "nil",
            "ø",
            "absent|none :",
            "isn't|aren't|wasn't|doesn't|don't|didn't|hasn't|haven't",
            "fail|fails|failed|failing to",
            "unable to ~ see|identify|appreciate|detect|find|demonstrate|visualize|visualise",
            "paucity|dearth of ~ evidence|signs|findings",
            "scant|little|insufficient evidence of|for",
            "failure to",
            "argue|argues|arguing|speak|speaks|weigh|weighs|militate|militates|evidence against",
            "against",
            "low|lower|little|minimal|no suspicion|likelihood|probability|concern|chance for|of|that",
            "suspicion is low for",
            "unlikely to ~ represent|reflect|indicate|be",
            "excludes",
            "ruled out",
            "rather than",
            "instead of",
            "as opposed to",
            "nothing to",
            "nothing suggests",
            "nothing suggesting",
            "inconsistent with",
            "incompatible with",
            "cannot|can't|couldn't ~ see|identify|appreciate|detect|find",
            "denies",
            "in lieu of",
            "none of",
            "unremarkable for"
        );

    /// <summary>Forward to the next name only: "resolved left effusion", "less likely pneumonia".</summary>
    public static PhraseTable AbsentNoun { get; } =
        new(
            "less likely|probable",
            "unlikely",
            "doubtful",
            "doubt",
            "absent",
            "negative",
            ReportWord.MinusSign,
            "no longer",
            "than",
            "mimic|mimics|mimicking|mimicked|simulate|simulates|simulating",
            "mistaken for",
            "favored|favoured|preferred over"
        );

    /// <summary>Backward: "... is not clearly seen".</summary>
    public static PhraseTable AbsentAfter { get; } =
        new(
            "not|never|isn't|aren't|wasn't|hasn't|haven't ~ seen|identified|present|visualized|visualised|visible|evident|detected|"
                + "appreciated|apparent|demonstrated|noted|found|"
                + "observed|shown|established|proven|suspected|likely|suggested|recognized|recognised|discerned|delineated|confirmed|"
                + "favored|favoured|probable|recurred|reaccumulated|there|supported|believed",
            "cannot|can't|couldn't ~ seen|identified|appreciated|visualized|visualised|detected|found|discerned|demonstrated|confirmed",
            "no longer",
            "absent",
            "excluded",
            "ruled out",
            "unlikely",
            "imperceptible",
            "undetectable",
            "invisible",
            "inapparent",
            "on|in|at neither side|lung|base|apex",
            "doubtful",
            "improbable",
            "less likely|probable",
            "not ~ a concern|feature|consideration|factor|finding",
            "negative",
            "nil",
            ReportWord.MinusSign,
            "none ~ seen|identified|visible|present|evident|detected"
        );

    /// <summary>Backward, where nothing follows in the clause: "pneumothorax: none", "effusion - no".</summary>
    public static PhraseTable AbsentAtEnd { get; } = new("no", "none", "zero", "neg", "n", "is out");

    /// <summary>Backward: what the image may hide is not seen on it.</summary>
    public static PhraseTable HiddenAfter { get; } =
        new(
            "may|might|could|can|would ~ obscured|missed|hidden|masked|overlooked|occult",
            "cannot|can't|couldn't be assessed|evaluated|determined|judged",
            "can|could not be assessed|evaluated|determined|judged",
            "not assessed|assessable|evaluable"
        );

    /// <summary>Forward, after something that is no finding: what follows is why it is not there ("not seen due to an effusion").</summary>
    public static PhraseTable Causes { get; } =
        new("due|owing|secondary|attributable to", "because of", "caused|obscured|silhouetted|hidden|effaced by", "from", "by a|an|the");

    /// <summary>What an image does not show for such a cause.</summary>
    public static HashSet<string> SeenWords { get; } =
    [
        "seen",
        "visible",
        "visualized",
        "visualised",
        "identified",
        "evaluated",
        "assessed",
        "delineated",
        "defined",
        "appreciated",
        "aerated",
        "expanded",
        "distinct",
        "discernible",
        "clear",
        "aeration",
        "visualization",
        "visualisation",
    ];

    /// <summary>Forward: "not assessed: pneumothorax".</summary>
    public static PhraseTable NotAssessed { get; } = new("not assessed|assessable|evaluated|evaluable :");

    /// <summary>What looks like a finding: "opacity most likely representing a nipple shadow".</summary>
    public static PhraseTable Illusions { get; } =
        new(
            "nipple|breast shadow|shadows|tissue",
            "soft tissue|tissues",
            "nipple|nipples",
            "skin fold|folds",
            "artifact|artifacts|artifactual|artefact|artefacts|artefactual",
            "summation",
            "superimposition",
            "overlapping|overlap ~ structures|vessels|tissue|tissues|ribs|of"
        );

    /// <summary>Backward, after "suspicion" or "likelihood": "suspicion for pneumonia is low".</summary>
    public static PhraseTable LowAfter { get; } = new("is|remains|was ~ low|minimal|small");

    /// <summary>Backward, where only the side is named: "and the left is clear".</summary>
    public static PhraseTable ClearAfter { get; } = new("is|are|appears|remains ~ clear|normal|unremarkable|sharp|free");
}
