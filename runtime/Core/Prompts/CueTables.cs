namespace CxrOnnx.Core.Prompts;

/// <summary>The phrases that deny a finding, say that it is gone, past or only asked for, and those that merely sound like it.</summary>
/// <remarks>After the idea of NegEx (Chapman et al. 2001): cues before and after a finding. The phrases are our own.</remarks>
internal static class CueTables
{
    /// <summary>They contain a cue but deny nothing: the finding is there and has not changed, or was not there before.</summary>
    public static PhraseTable Neutral { get; } =
        new(
            "no|without|not ~ change|changes|changed|increase|decrease|progression|improvement|improved|difference|different|decreased|"
                + "worsened|progressed",
            "no|without ~ worsening|growth of|in",
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
            "lack of",
            "lacks",
            "lacking",
            "neither",
            "nor",
            "never",
            "zero",
            "nil",
            "isn't|aren't|wasn't|doesn't|don't|didn't|hasn't|haven't",
            "fails|failed|failing to",
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
            "favored|favoured|preferred over"
        );

    /// <summary>Forward over a list, but not past "with": "resolution of the pneumonia with a new effusion".</summary>
    public static PhraseTable GoneList { get; } =
        new("resolution of|in", "clearing of", "clearance of", "disappearance of", "re expansion of", "reexpansion of", "evacuation of");

    /// <summary>Forward to the next name only.</summary>
    public static PhraseTable GoneNoun { get; } = new("resolved", "cleared", "vanished", "resorbed");

    /// <summary>Backward: "... is not clearly seen".</summary>
    public static PhraseTable AbsentAfter { get; } =
        new(
            "not|never|isn't|aren't|wasn't|hasn't|haven't ~ seen|identified|present|visualized|visualised|visible|evident|detected|"
                + "appreciated|apparent|demonstrated|noted|found|"
                + "observed|shown|suspected|likely|suggested|recognized|recognised|discerned|delineated|confirmed|favored|favoured|"
                + "probable|recurred|reaccumulated|there|supported|believed",
            "no longer",
            "absent",
            "excluded",
            "ruled out",
            "unlikely",
            "doubtful",
            "improbable",
            "less likely|probable",
            "not ~ a concern",
            "negative",
            "nil",
            ReportWord.MinusSign,
            "none ~ seen|identified|visible|present|evident|detected"
        );

    /// <summary>Backward, where nothing follows in the clause: "pneumothorax: none", "effusion - no".</summary>
    public static PhraseTable AbsentAtEnd { get; } = new("no", "none", "zero", "neg", "n", "is out");

    /// <summary>Backward: what the image may hide is not seen on it.</summary>
    public static PhraseTable HiddenAfter { get; } = new("may|might|could|can|would ~ obscured|missed|hidden|masked|overlooked|occult");

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

    /// <summary>Backward: "... has resolved".</summary>
    public static PhraseTable GoneAfter { get; } =
        new(
            "resolved",
            "cleared",
            "disappeared",
            "vanished",
            "gone",
            "subsided",
            "resorbed",
            "normalized",
            "normalised",
            "re expanded",
            "reexpanded",
            "expanded",
            "evacuated",
            "been drained ~ completely"
        );

    /// <summary>Backward, where only the side is named: "and the left is clear".</summary>
    public static PhraseTable ClearAfter { get; } = new("is|are|appears|remains ~ clear|normal|unremarkable|sharp|free");

    /// <summary>Forward: the patient's history.</summary>
    public static PhraseTable PastList { get; } =
        new(
            "history|hx ~ of",
            "history ~ significant|notable|remarkable|positive for",
            "treated for|with",
            "treatment for|of",
            "therapy for",
            "diagnosed with",
            "diagnosis of",
            "admitted for|with",
            "presents|presenting|presented with|for",
            "complains|complaining of",
            "sequela|sequelae|residua of",
            "recovering from",
            "known history"
        );

    /// <summary>Whoever is so old is the patient, and what follows is why the image was taken.</summary>
    public static PhraseTable Ages { get; } =
        new("year|years|yr|yrs|month|months old", "yo", "y o", "man|woman|male|female|patient|gentleman|lady|m|f with");

    /// <summary>Forward to the next name, not over commas, "with" or "and".</summary>
    public static PhraseTable PastNoun { get; } =
        new(
            "prior",
            "previous",
            "old",
            "remote",
            "treated",
            "status post",
            "after|following ~ drainage|removal|evacuation|resection|treatment|decortication of",
            "post"
        );

    /// <summary>Forward: it is asked or looked for.</summary>
    public static PhraseTable AskedList { get; } =
        new(
            "rule out",
            "query",
            "follow up for",
            "recommended|advised|performed|obtained|requested for",
            "sensitivity ~ for",
            "evaluate|evaluation|eval|assess|assessment|check|query|screen|screening|look|looking|monitor|monitoring|watch|search|"
                + "surveillance|workup|work ~ for",
            "exclude",
            "excluding",
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

    /// <summary>Before "resolution of": some of it is left.</summary>
    public static PhraseTable InPart { get; } =
        new(
            "partial|partially|incomplete|incompletely|partly|near|nearly|almost|ongoing|continued|continuing|some|slow|delayed|"
                + "essentially|virtually|mostly|largely"
        );

    /// <summary>Something is left of what has resolved.</summary>
    public static PhraseTable Rest { get; } = new("residual", "remaining", "remnant", "persistent", "persisting", "residue");

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

    /// <summary>Times before this image: "not present on the prior" means new.</summary>
    public static HashSet<string> Before { get; } =
    [
        "prior",
        "previous",
        "previously",
        "yesterday",
        "earlier",
        "before",
        "preceding",
        "last",
        "comparison",
        "old",
        "initial",
        "outside",
        "then",
        "priors",
        "ago",
        "recent",
    ];

    /// <summary>
    /// Times and comparisons after which <see cref="Before"/> says nothing of the finding: "not seen today compared to the prior".
    /// </summary>
    public static HashSet<string> Now { get; } =
    ["today", "today's", "current", "now", "present", "this", "compared", "since", "relative", "as", "currently", "unlike", ","];

    /// <summary>Verbs: what follows a comma after one is a new statement.</summary>
    public static HashSet<string> Verbs { get; } =
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "remains",
        "remain",
        "persists",
        "persist",
        "appears",
        "appear",
        "shows",
        "show",
        "demonstrates",
        "demonstrate",
        "there",
    ];

    /// <summary>What is said of a finding that is there.</summary>
    public static HashSet<string> Persists { get; } =
    [
        "unchanged",
        "stable",
        "persists",
        "persist",
        "remains",
        "remain",
        "increased",
        "decreased",
        "worsened",
        "improved",
        "larger",
        "smaller",
        "resolving",
        "again",
        "increasing",
        "decreasing",
        "worsening",
        "improving",
    ];

    /// <summary>The sizes and sides among <see cref="Openings"/>.</summary>
    public static HashSet<string> Qualities { get; } =
    [
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
        "bilateral",
        "bibasilar",
    ];

    /// <summary>Articles, sizes and times, with which a new statement begins; the items of a denied list have none.</summary>
    public static HashSet<string> Openings { get; } =
    [
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
        "now",
        "residual",
        "decreased",
        "decreasing",
        "improving",
        "moderately",
        "mildly",
        "slight",
        "slightly",
        "only",
        "the",
        "known",
        "likely",
        "possible",
        "probable",
        "development",
        "appearance",
        "progression",
        "improvement",
        "increase",
        "decrease",
        "formation",
        "interval",
        "accumulation",
        "worsened",
    ];
}
