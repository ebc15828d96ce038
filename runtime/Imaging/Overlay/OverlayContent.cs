using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Imaging.Overlay;

/// <summary>What one overlay shows.</summary>
public sealed record OverlayContent
{
    /// <summary>The radiograph.</summary>
    public required GrayImage Image { get; init; }

    /// <summary>float32 [H,W] of the radiograph's size, values in [0,1], NaN where the model did not look. Read only.</summary>
    public required ReadOnlyMemory<float> Heatmap { get; init; }

    /// <summary>The phrase, as the user wrote it.</summary>
    public required string Phrase { get; init; }

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

    /// <summary>
    /// More text chunks of the PNG, by keyword (1 to 79 Latin-1 characters), for example the digests that prove the result.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> TextChunks { get; init; } = [];
}
