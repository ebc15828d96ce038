namespace CxrOnnx.Core.Prompts;

/// <summary>The words by which a new statement within a sentence is told from the items of a list.</summary>
internal static class SentenceWords
{
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

    /// <summary>Sizes and sides, with which a new statement may begin.</summary>
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
        .. Qualities,
        "a",
        "an",
        "there",
        "sizable",
        "new",
        "stable",
        "unchanged",
        "persistent",
        "persistence",
        "increased",
        "increasing",
        "worsening",
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
