using System.Diagnostics;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Workflows.Batch;

/// <summary>An image of a batch between reading and grounding.</summary>
/// <param name="image">The image.</param>
/// <param name="pending">Its phrases that have no answer yet.</param>
/// <param name="ofReports">Lines of its reports for which the image need not be opened.</param>
internal sealed class BatchWork(BatchImage image, IReadOnlySet<BatchPhrase> pending, IReadOnlyList<BatchLine> ofReports)
{
    /// <summary>
    /// So many phrases of an image are grounded and written together: what a kill can lose, and what a call shares among its phrases.
    /// </summary>
    private const int PhrasesAtOnce = 64;

    /// <summary>The image.</summary>
    public BatchImage Image => image;

    /// <summary>Its phrases that have no answer yet.</summary>
    public IReadOnlySet<BatchPhrase> Pending => pending;

    /// <summary>
    /// Parts of its phrases that are grounded together, and hold one without an answer. A part is always the same, also where some of it
    /// was answered before a kill: in other company the last digits of a number might differ.
    /// </summary>
    public IEnumerable<BatchPhrase[]> Parts => image.Phrases.Chunk(PhrasesAtOnce).Where(part => part.Any(pending.Contains));

    /// <summary>Lines of its reports.</summary>
    public IReadOnlyList<BatchLine> OfReports => ofReports;

    /// <summary>Lines of the phrases that cannot be answered.</summary>
    public Dictionary<BatchPhrase, BatchLine> Wrong { get; } = [];

    /// <summary>What the others are grounded as; denied ones are answered without.</summary>
    public Dictionary<BatchPhrase, AskedPhrase> Usable { get; } = [];

    /// <summary>The picture; null where the file cannot be used or no phrase can.</summary>
    public Radiograph? Radiograph { get; set; }

    /// <summary>Time spent on this image alone.</summary>
    public Stopwatch Watch { get; } = new();

    /// <summary>The different texts that some of its phrases are grounded as; denied ones have none.</summary>
    public string[] TextsOf(IEnumerable<BatchPhrase> some) =>
        [.. some.Select(phrase => Usable.GetValueOrDefault(phrase)?.Text).OfType<string>().Distinct()];

    /// <summary>The answer to a usable phrase.</summary>
    /// <param name="phrase">The phrase.</param>
    /// <param name="texts">The texts that were grounded.</param>
    /// <param name="found">What was found for each.</param>
    public PhraseAnswer AnswerOf(BatchPhrase phrase, string[] texts, IReadOnlyList<PhraseGrounding> found)
    {
        AskedPhrase asked = Usable[phrase];
        return new PhraseAnswer(asked, asked.Text is { } text ? found[Array.IndexOf(texts, text)] : null);
    }
}
