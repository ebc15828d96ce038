using System.Diagnostics;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Workflows.Batch;

/// <summary>An image of a batch between reading and grounding.</summary>
/// <param name="image">The image.</param>
/// <param name="phrases">Its phrases that have no answer yet.</param>
/// <param name="ofReports">Lines of its reports for which the image need not be opened.</param>
internal sealed class BatchWork(BatchImage image, IReadOnlyList<string> phrases, IReadOnlyList<BatchLine> ofReports)
{
    private readonly Dictionary<string, BatchLine> _lines = [];

    /// <summary>The image.</summary>
    public BatchImage Image => image;

    /// <summary>The phrases asked.</summary>
    public IReadOnlyList<string> Phrases => phrases;

    /// <summary>Phrases that can be encoded.</summary>
    public List<string> Usable { get; } = [];

    /// <summary>The pixels; null where the file cannot be used or no phrase can.</summary>
    public Radiograph? Radiograph { get; set; }

    /// <summary>Time spent on this image alone.</summary>
    public Stopwatch Watch { get; } = new();

    /// <summary>Answers a phrase.</summary>
    public void Answer(string phrase, BatchLine line) => _lines[phrase] = line;

    /// <summary>A line per phrase, in order, then those of the reports.</summary>
    public BatchLine[] Lines() => [.. phrases.Select(phrase => _lines[phrase]), .. ofReports];
}
