using System.Diagnostics;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Workflows.Batch;

/// <summary>An image of a batch between reading and grounding.</summary>
/// <param name="image">The image.</param>
/// <param name="phrases">Its phrases that have no answer yet.</param>
/// <param name="ofReports">Lines of its reports for which the image need not be opened.</param>
internal sealed class BatchWork(BatchImage image, string[] phrases, IReadOnlyList<BatchLine> ofReports)
{
    /// <summary>The image.</summary>
    public BatchImage Image => image;

    /// <summary>The phrases asked.</summary>
    public string[] Phrases => phrases;

    /// <summary>Lines of its reports.</summary>
    public IReadOnlyList<BatchLine> OfReports => ofReports;

    /// <summary>Lines of the phrases that cannot be answered.</summary>
    public Dictionary<string, BatchLine> Wrong { get; } = [];

    /// <summary>What the others are grounded as; denied ones are answered without.</summary>
    public Dictionary<string, AskedPhrase> Usable { get; } = [];

    /// <summary>The picture; null where the file cannot be used or no phrase can.</summary>
    public Radiograph? Radiograph { get; set; }

    /// <summary>Time spent on this image alone.</summary>
    public Stopwatch Watch { get; } = new();

    /// <summary>The different texts that its phrases are grounded as.</summary>
    public string[] Texts => TextsOf(phrases);

    /// <summary>The different texts that some of its phrases are grounded as; denied ones have none.</summary>
    public string[] TextsOf(IEnumerable<string> some) =>
        [.. some.Select(phrase => Usable.GetValueOrDefault(phrase)?.Text).OfType<string>().Distinct()];

    /// <summary>The answer to a usable phrase.</summary>
    /// <param name="phrase">The phrase.</param>
    /// <param name="texts">The texts that were grounded.</param>
    /// <param name="found">What was found for each.</param>
    public PhraseAnswer AnswerOf(string phrase, string[] texts, IReadOnlyList<PhraseGrounding> found)
    {
        AskedPhrase asked = Usable[phrase];
        return new PhraseAnswer(asked, asked.Text is { } text ? found[Array.IndexOf(texts, text)] : null);
    }
}
