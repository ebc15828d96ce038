using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Where the images and phrases of a batch come from.</summary>
public interface IBatchSource
{
    /// <summary>The file, for messages.</summary>
    string Path { get; }

    /// <summary>
    /// What it is, by name, as <c>batch.json</c> keeps it: enough to open it again. Paths are absolute.
    /// </summary>
    IReadOnlyDictionary<string, string> Description { get; }

    /// <summary>Whether <c>heatmaps.csv</c> is written beside the heatmaps: what <c>cxr evaluate --heatmaps</c> reads.</summary>
    bool HasHeatmapIndex { get; }

    /// <summary>Whether a phrase's words are grounded exactly as <see cref="PromptOf"/> has them.</summary>
    bool IsVerbatim { get; }

    /// <summary>Reads it.</summary>
    /// <returns>The images in order; a position never changes while images are only added at the end.</returns>
    /// <exception cref="Core.CxrOnnxException">The file is wrong; names the line.</exception>
    IReadOnlyList<BatchImage> Load();

    /// <summary>The words that a phrase is asked with.</summary>
    /// <param name="image">The image.</param>
    /// <param name="phrase">One of its phrases.</param>
    /// <param name="vocabulary">What the bundle knows.</param>
    /// <exception cref="Core.InputException">They cannot be told, because a file is missing.</exception>
    string PromptOf(BatchImage image, BatchPhrase phrase, BundleVocabulary vocabulary);
}
