using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>What one overlay shows.</summary>
public sealed record OverlayContent
{
    /// <summary><see cref="Scale"/> of a map of attention.</summary>
    public const string AttentionScale = "relative attention to the phrase";

    /// <summary><see cref="Scale"/> of an evidence map.</summary>
    public const string EvidenceScale = "relative evidence for the phrase";

    /// <summary>The radiograph.</summary>
    public required GrayImage Image { get; init; }

    /// <summary>float32 [H,W] of the radiograph's size, values in [0,1], NaN where the model did not look. Read only.</summary>
    public required ReadOnlyMemory<float> Heatmap { get; init; }

    /// <summary>The phrase, as the user wrote it.</summary>
    public required string Phrase { get; init; }

    /// <summary>What was grounded for it, where that is another text; empty where it is the phrase itself.</summary>
    public string Grounded { get; init; } = "";

    /// <summary>How the heatmap is shown.</summary>
    public OverlayMode Mode { get; init; }

    /// <summary>
    /// Side of one cell of the model's map in pixels of the radiograph; the map is drawn interpolated (cubic) between the cells' centres,
    /// and the legend says so. 0: as it is.
    /// </summary>
    public double CellSize { get; init; }

    /// <summary>Whether the boxes are drawn dashed: it is not known that the radiograph supports the phrase.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>What a reader of the verdict has to know, one sentence for the legend; empty: nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>Boxes in pixels of the radiograph.</summary>
    public IReadOnlyList<PixelBox> Boxes { get; init; } = [];

    /// <summary>The highest point in pixels of the radiograph (0.5 = centre of the first pixel), if there is one.</summary>
    public (double X, double Y)? Peak { get; init; }

    /// <summary>What is known of whether the radiograph supports the phrase, a few words for the legend; empty: nothing.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>Share of the usual opacity with which the heatmap is drawn, 0 to 1: less for one that is not to be believed.</summary>
    public double Emphasis { get; init; } = 1;

    /// <summary>Strength from which on a pixel belongs to a box.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Name of the model.</summary>
    public string Model { get; init; } = "";

    /// <summary>Identifier of the bundle.</summary>
    public string BundleId { get; init; } = "";

    /// <summary>The way it was grounded.</summary>
    public string Preset { get; init; } = "";

    /// <summary>What the colours mean, above their scale.</summary>
    public string Scale { get; init; } = AttentionScale;

    /// <summary>
    /// More text chunks of the PNG, by keyword (1 to 79 Latin-1 characters), for example the digests that prove the result.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> TextChunks { get; init; } = [];
}
