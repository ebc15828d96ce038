namespace CxrOnnx.Core.Prompts;

/// <summary>What dictation leaves in a text: a speaker who corrects himself, or answers side by side.</summary>
internal static class DictationTraces
{
    private static readonly PhraseTable Slips = new(
        "scratch|strike|delete that",
        ", correction",
        "- correction",
        "correction ,|:|-",
        "i mean|meant",
        "make that",
        "i'm sorry",
        ", sorry",
        ", or rather"
    );

    private static readonly PhraseTable OfOneSide = new(
        "l|r|lt|rt none|nil|no|neg|negative|small|large|moderate|trace|clear",
        "left|right none|nil ,|;",
        "l|r|lt|rt|left|right : no|none|nil|neg|negative|small|large|moderate|trace|clear"
    );

    /// <summary>
    /// Whether a sentence takes back a part of itself: "left, correction right, effusion". Which part is not known, so none of its places
    /// is.
    /// </summary>
    public static bool CorrectsItself(IReadOnlyList<ReportWord> words) => Slips.IsIn(words, 1, words.Count);

    /// <summary>
    /// Whether a sentence answers side by side after the name: "effusion: R none, L small", which these rules do not read.
    /// </summary>
    public static bool AnswersBySide(IReadOnlyList<ReportWord> words, IReadOnlyList<PathologyMention> mentions) =>
        mentions.Count == 1 && OfOneSide.IsIn(words, mentions[0].Last + 1, words.Count);
}
