using CxrOnnx.Core;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Lab.Confidence;

/// <summary>Which phrases every image is asked for, to compare others with.</summary>
internal static class ReferenceChoice
{
    /// <summary>
    /// The most frequent finding of each pathology, pathologies by falling frequency, then the second most frequent of each, and so on:
    /// usual phrases of every kind, so that an image that one of them fits does not shift the mean by much.
    /// </summary>
    /// <param name="findings">All findings of the calibration data that name a place.</param>
    /// <param name="count">How many phrases at most.</param>
    /// <param name="encoder">Knows the bundle's vocabulary; phrases with words that it lacks are passed over.</param>
    /// <exception cref="InputException">There are too few different phrases.</exception>
    public static string[] Of(IEnumerable<StandardPrompt> findings, int count, PhraseEncoder encoder)
    {
        string[] chosen =
        [
            .. findings
                .GroupBy(prompt => prompt.Pathology)
                .OrderByDescending(pathology => pathology.Count())
                .ThenBy(pathology => pathology.Min(prompt => prompt.Text), StringComparer.Ordinal)
                .SelectMany(
                    (pathology, order) =>
                        pathology
                            .GroupBy(prompt => prompt.Text, StringComparer.Ordinal)
                            .Where(phrase => encoder.Encode(phrase.Key).LeftOut.Count == 0)
                            .OrderByDescending(phrase => phrase.Count())
                            .ThenBy(phrase => phrase.Key, StringComparer.Ordinal)
                            .Select((phrase, rank) => (phrase.Key, rank, order))
                )
                .OrderBy(entry => (entry.rank, entry.order))
                .Select(entry => entry.Key)
                .Take(count),
        ];
        return chosen.Length >= ConfidenceFile.FewestReferences
            ? chosen
            : throw new InputException(
                $"`references` {count}: the findings have only {chosen.Length} different phrases that the bundle knows, "
                    + $"{ConfidenceFile.FewestReferences} are needed; give more annotations, or 0 to compare with none"
            );
    }
}
