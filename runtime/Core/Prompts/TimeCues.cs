namespace CxrOnnx.Core.Prompts;

/// <summary>The phrases that say that a finding is gone or past, and the words that set a statement's time.</summary>
internal static class TimeCues
{
    /// <summary>Forward over a list, but not past "with": "resolution of the pneumonia with a new effusion".</summary>
    public static PhraseTable GoneList { get; } =
        new("resolution of|in", "clearing of", "clearance of", "disappearance of", "re expansion of", "reexpansion of", "evacuation of");

    /// <summary>Forward to the next name only.</summary>
    public static PhraseTable GoneNoun { get; } = new("resolved", "cleared", "vanished", "resorbed", "removal|aspiration of");

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
            "known history",
            "which|that showed|demonstrated|revealed|described|reported",
            "preliminary read|reading|report|interpretation of|described|suggested",
            "patient|she|he ~ had"
        );

    /// <summary>An earlier study; with a verb of the past after it, it is what is spoken of.</summary>
    public static PhraseTable EarlierStudy { get; } =
        new(
            "prior|previous|earlier|preceding|last|old|outside|yesterday's study|studies|exam|examination|radiograph|radiographs|"
                + "film|films|ct|scan|chest|cxr|imaging|image|x|portable",
            "on|in the|her|his prior|previous there|a|an|,"
        );

    /// <summary>An earlier image: of it "previous" is said, and not of a finding.</summary>
    public static HashSet<string> Studies { get; } =
    [
        "study",
        "studies",
        "exam",
        "exams",
        "examination",
        "radiograph",
        "radiographs",
        "radiography",
        "film",
        "films",
        "ct",
        "cxr",
        "image",
        "images",
        "imaging",
        "x",
    ];

    /// <summary>After "post": what brought a finding that is there ("post obstructive collapse").</summary>
    public static HashSet<string> Causes { get; } =
    [
        "obstructive",
        "traumatic",
        "inflammatory",
        "infectious",
        "radiation",
        "extubation",
        "intubation",
        "bronchoscopy",
        "biopsy",
        "procedure",
        "procedural",
        "op",
        "cabg",
        "sternotomy",
        "transplant",
        "tussive",
    ];

    /// <summary>Verbs of the past.</summary>
    public static HashSet<string> PastVerbs { get; } =
    ["was", "were", "had", "showed", "demonstrated", "revealed", "described", "reported", "suggested"];

    /// <summary>Backward: what was taken out.</summary>
    public static PhraseTable Drained { get; } = new("drained", "aspirated", "evacuated", "tapped");

    /// <summary>After that: nothing is left.</summary>
    public static PhraseTable NothingLeft { get; } =
        new("no|without ~ residual|remaining|reaccumulated ~ pleural|fluid|effusion|collection|air|pneumothorax", "no residual|remainder");

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
            "when|where there was|were",
            "when|where previously|formerly|once there was|were",
            "when|where there was|were previously|formerly",
            "when he|she|patient had",
            "after|following ~ drainage|removal|evacuation|resection|treatment|decortication of",
            "post"
        );

    /// <summary>Before "resolution of": some of it is left.</summary>
    public static PhraseTable InPart { get; } =
        new(
            "partial|partially|incomplete|incompletely|partly|near|nearly|almost|ongoing|continued|continuing|some|slow|delayed|"
                + "essentially|virtually|mostly|largely"
        );

    /// <summary>Something is left of what has resolved.</summary>
    public static PhraseTable Rest { get; } = new("residual", "remaining", "remnant", "persistent", "persisting", "residue");

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

    /// <summary>Words of this image, after which an earlier study is only compared with.</summary>
    public static HashSet<string> Still { get; } =
    ["today", "today's", "current", "currently", "now", "still", "again", "also", "compared", "since", .. Persists];
}
