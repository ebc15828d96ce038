namespace CxrOnnx.Core.Prompts;

/// <summary>What the sentences that were read leave open: findings without a name or a place, words that were not understood.</summary>
internal static class SentenceRemarks
{
    // More of them than this and the remark would hide what matters.
    private const int MostWords = 6;

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

    /// <summary>What the reader should know of the sentences that were read.</summary>
    public static IEnumerable<ReportRemark> Of(IEnumerable<string> sentences)
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

            bool answersBySide = DictationTraces.AnswersBySide(words, mentions);
            if (answersBySide)
            {
                yield return new("a sentence answers for each side on its own, so that no place was taken from it", $"\"{sentence}\"");
            }

            if (DictationTraces.CorrectsItself(words) && mentions.Count > 0)
            {
                yield return new("a sentence corrects itself, so that no place was taken from it", $"\"{sentence}\"");
            }
            else if (!answersBySide && PlacelessFindings.Any(words, SentenceReader.Read(sentence)))
            {
                yield return new("a finding has no place in a sentence that names a place", $"\"{sentence}\"");
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
