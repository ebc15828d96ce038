namespace CxrOnnx.Core.Prompts;

/// <summary>Reads the statements of one sentence.</summary>
internal static class SentenceReader
{
    /// <summary>The statements of a sentence of plain text.</summary>
    public static IEnumerable<ReportStatement> Read(string sentence) => Read(sentence, ReportWord.Of(sentence), _ => false);

    /// <summary>
    /// The statements of a sentence whose words are known, and of some of whose mentions it is known that they are absent.
    /// </summary>
    public static IEnumerable<ReportStatement> Read(string sentence, IReadOnlyList<ReportWord> words, Func<PathologyMention, bool> isAbsent)
    {
        List<PathologyMention> mentions = PathologyMention.Find(words);
        if (mentions.Count == 0)
        {
            yield break;
        }

        bool[] isNeutral = BackwardScope.NeutralWords(words);
        SentencePlaces places = new(words, mentions);
        IReadOnlyList<Location>[] locations = places.Find();
        bool correctsItself = DictationTraces.CorrectsItself(words) || DictationTraces.AnswersBySide(words, mentions);
        for (int i = 0; i < mentions.Count; i++)
        {
            var statement = new ReportStatement
            {
                Pathology = mentions[i].Pathology,
                Sentence = sentence,
                Locations = correctsItself ? [] : locations[i],
                Sense = isAbsent(mentions[i]) ? StatementSense.Absent : StatementCues.SenseOf(words, mentions, i, isNeutral),
                IsHedged = StatementHedges.IsHedged(words, mentions, i, places.Ends),
            };
            yield return statement;
            if (mentions[i].Also is { } also)
            {
                yield return statement with
                {
                    Pathology = also,
                };
            }
        }
    }
}
