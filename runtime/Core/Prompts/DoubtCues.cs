namespace CxrOnnx.Core.Prompts;

/// <summary>The phrases that doubt a finding, or only ask for it.</summary>
internal static class DoubtCues
{
    /// <summary>Doubt.</summary>
    public static PhraseTable Hedges { get; } =
        new(
            "possible",
            "possibly",
            "probable",
            "probably",
            "may",
            "might",
            "could",
            "would",
            "suspicious",
            "suspected",
            "suspect",
            "suspicion",
            "concerning for",
            "concern for",
            "concern of",
            "concerns",
            "question",
            "questionable",
            "questioned",
            "equivocal",
            "borderline",
            "the|an|any apparent",
            "difficult|hard to ~ assess|evaluate|judge|determine",
            "not diagnostic",
            "unclear|uncertain|unsure|unknown if",
            "atypical|unusual for|of",
            "likely",
            "presumably",
            "presumed",
            "versus",
            "vs",
            "or",
            "either",
            "suggest",
            "suggests",
            "suggesting",
            "suggestive",
            "suggestion",
            "potentially",
            "potential",
            "perhaps",
            "worrisome",
            "favor|favors|favoring|favored|favour|favours",
            "whether",
            "consider",
            "considered",
            "consideration",
            "considerations",
            "indeterminate",
            "?",
            "if any|present|real|not",
            "raises|raising the possibility",
            "possibility",
            "appropriate|proper|correct|right clinical setting|context",
            "differential",
            "not|cannot|can't|couldn't|never ~ exclude|excluded|excluding",
            "not|cannot|can't|couldn't|never ~ ruled|rule out",
            "difficult|hard|impossible|unable|insufficient to ~ exclude|rule",
            "doesn't ~ exclude",
            "near|nearly|almost|essentially|virtually ~ resolution|clearing"
        );

    /// <summary>Backward, right behind a name: it is only the likelier one.</summary>
    public static PhraseTable Favored { get; } =
        new("favored|favoured|preferred over", "is|are ~ favored|favoured|preferred|suspected", "more likely|probable than");

    /// <summary>Behind a shadow: what it stands for is doubted, and not the shadow.</summary>
    public static PhraseTable OfOther { get; } =
        new(
            "suspicious|concerning|worrisome for",
            "suggestive of",
            "may|might|could ~ represent|reflect|indicate|due|related|secondary",
            "likely representing|represents|represent|reflecting|reflects",
            "could further|better"
        );

    /// <summary>After those: then there is perhaps nothing.</summary>
    public static PhraseTable Harmless { get; } =
        new(
            "nipple|breast|shadow|shadows|summation|artifact|artefact|artifacts|overlap|overlapping|overlying|superimposed|superimposition",
            "confluence|crowding|vessel|vessels|vascular|vasculature|rib|ribs|costochondral|structure|structures|tissue|tissues|fold|folds",
            "real|technique|technical|positioning|projection|projectional|composite|fat|rotation|normal"
        );

    /// <summary>Forward over everything that follows: it is open.</summary>
    public static PhraseTable Open { get; } =
        new(
            "unclear|uncertain|unsure|unknown|question if|whether",
            "whether",
            "differential",
            "cannot|not|difficult|hard|impossible ~ be|to ~ differentiated|distinguished|separated|differentiate|distinguish"
        );

    /// <summary>Words that answer the question before them: "effusion? small, left".</summary>
    public static HashSet<string> Answers { get; } =
    [.. SentenceWords.Qualities, "yes", "y", "present", "left", "right", "unchanged", "stable", "persistent", "new", "old", "some"];

    /// <summary>Forward: it is asked or looked for.</summary>
    public static PhraseTable AskedList { get; } =
        new(
            "rule out",
            "query",
            "follow up for|of|on",
            "imaging|ct|radiograph|radiographs|ultrasound for",
            "followup for|of|on",
            "reassess|reevaluate|reassessment|reevaluation",
            "recommended|advised|performed|obtained|requested for",
            "sensitivity|sensitive ~ for",
            "evaluate|evaluation|eval|assess|assessment|check|query|screen|screening|look|looking|monitor|monitoring|watch|search|"
                + "surveillance|workup|work ~ for",
            "exclude",
            "excluding",
            "differentiate|distinguish|discriminate",
            "correlate|correlation ~ for|with|regarding",
            "correlate|correlation ~ clinical ~ for|with",
            "clinical|clinically ~ concern|suspicion|question|suspected ~ for|of|about|regarding",
            "clinical|clinically ~ concern|suspicion|question|suspected|concerned",
            "if",
            "unless",
            "should",
            "in case of",
            "risk|risks of|for",
            "question of prior",
            "ensure|confirm|document|verify|until|demonstrate ~ resolution|clearing|clearance",
            "to resolution|clearing|clearance",
            "possibility of ~ developing",
            "prevent",
            "prone to"
        );

    /// <summary>Words after "if" that make it a remark of its own.</summary>
    public static PhraseTable NotConditions { get; } =
        new("if any|present|real|not", "if clinically appropriate|indicated|relevant|warranted ,");

    /// <summary>Backward, in a sentence that begins with "if": "..., pneumonia should be considered".</summary>
    public static PhraseTable ThenAfter { get; } =
        new("should|could|must|may|might|would ~ considered|suspected|excluded|evaluated|entertained|ruled|reconsidered");
}
