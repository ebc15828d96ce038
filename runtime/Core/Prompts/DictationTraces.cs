namespace CxrOnnx.Core.Prompts;

/// <summary>What dictation leaves in a text: a speaker who corrects himself, and words that are no words.</summary>
internal static class DictationTraces
{
    // More of them than this and the remark would hide what matters.
    private const int MostWords = 6;

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

    // Something is said of a finding of another sentence.
    private static readonly PhraseTable Nameless = new(
        "this|these|it|they|both|those has|have ~ resolved|cleared|disappeared|gone",
        "this|these|it|they|both|those is|are ~ gone|resolved|absent",
        "this|these|it|they|both|those is|are no longer",
        "this|these|it|they|both|those is|are not ~ seen|visible|present|identified|apparent",
        "left|right|smaller|larger one is|are|has|persists|remains|resolved",
        "one|ones on|in|at the left|right"
    );

    // Short for two findings at least.
    private static readonly Dictionary<string, string> Ambiguous = new(StringComparer.Ordinal)
    {
        ["pneumo"] = "pneumothorax or pneumonia",
        ["pneumos"] = "pneumothorax or pneumonia",
    };

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

    /// <summary>What the reader should know of the sentences that were read.</summary>
    public static IEnumerable<ReportRemark> Remarks(IEnumerable<string> sentences)
    {
        List<ReportWord> all = [];
        foreach (string sentence in sentences)
        {
            List<ReportWord> words = ReportWord.Of(sentence);
            List<PathologyMention> mentions = PathologyMention.Find(words);
            if (mentions.Count == 0 && Nameless.IsIn(words, 0, words.Count))
            {
                yield return new("a sentence speaks of a finding that it does not name, and was not read", $"\"{sentence}\"");
            }

            if (AnswersBySide(words, mentions))
            {
                yield return new("a sentence answers for each side on its own, so that no place was taken from it", $"\"{sentence}\"");
            }

            if (CorrectsItself(words) && mentions.Count > 0)
            {
                yield return new("a sentence corrects itself, so that no place was taken from it", $"\"{sentence}\"");
            }

            all.AddRange(words);
        }

        foreach (string word in all.Select(word => word.Text).Distinct().Where(Ambiguous.ContainsKey))
        {
            yield return new("a word that may mean several findings was not read", $"\"{word}\" ({Ambiguous[word]}?)");
        }

        (string Word, string Meant)[] errors = [.. PhraseSpelling.Errors(all)];
        if (errors.Length > 0)
        {
            string named = string.Join(", ", errors.Take(MostWords).Select(pair => $"\"{pair.Word}\" ({pair.Meant}?)"));
            yield return new("words that look like typing errors were not read", $"{named}{(errors.Length > MostWords ? " ..." : "")}");
        }
    }
}
