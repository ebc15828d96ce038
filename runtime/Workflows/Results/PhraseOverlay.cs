using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Imaging.Overlay;

namespace CxrOnnx.Workflows.Results;

/// <summary>What the picture of a grounding shows: the only place that decides it.</summary>
public static class PhraseOverlay
{
    /// <summary>The picture of a phrase: heatmap, box, peak and verdict.</summary>
    /// <param name="image">The radiograph.</param>
    /// <param name="grounding">What was found on it.</param>
    /// <param name="manifest">The bundle it was found with.</param>
    /// <param name="preset">The preset.</param>
    /// <param name="asked">The phrase as it was asked for; null: the text that was grounded.</param>
    /// <param name="mode">How the heatmap is shown.</param>
    public static OverlayContent Of(
        GrayImage image,
        PhraseGrounding grounding,
        BundleManifest manifest,
        string preset,
        string? asked = null,
        OverlayMode mode = OverlayMode.Heat
    ) =>
        new()
        {
            Image = image,
            Heatmap = grounding.Heatmap.Values,
            Phrase = asked ?? grounding.Phrase.Phrase,
            Grounded = asked is null || asked == grounding.Phrase.Phrase ? "" : grounding.Phrase.Phrase,
            Mode = mode,
            CellSize = Math.Min(image.Width, image.Height) / (double)grounding.ModelHeatmap.Grid.Columns,
            Boxes = [.. grounding.Regions.Select(region => region.Box)],
            IsDoubtful = grounding.Confidence?.Region != RegionSupport.Supported,
            Note = VerdictNotes.Of(grounding.Confidence?.Region),
            Peak = grounding.Confidence?.Region == RegionSupport.NoRegion ? null : Point(grounding.Peak),
            Verdict = ConfidenceWords.Of(grounding.Confidence, grounding.Gap),
            Emphasis = ConfidenceWords.Emphasis(grounding.Confidence),
            Threshold = grounding.BoxThreshold,
            Model = manifest.Model.Name,
            BundleId = manifest.Id,
            Preset = preset,
            Scale = grounding.Evidence is null ? OverlayContent.AttentionScale : OverlayContent.EvidenceScale,
        };

    /// <summary>
    /// The picture of one sub-token of a phrase: its own heatmap and peak. No box and no verdict, which are the phrase's.
    /// </summary>
    /// <param name="phrase">The picture of the phrase.</param>
    /// <param name="heatmap">The sub-token's heatmap.</param>
    /// <param name="token">The sub-token as a reader writes it.</param>
    public static OverlayContent OfToken(OverlayContent phrase, Heatmap heatmap, string token) =>
        phrase with
        {
            Heatmap = heatmap.Values,
            Phrase = $"{token} (of: {(phrase.Grounded.Length > 0 ? phrase.Grounded : phrase.Phrase)})",
            Grounded = "",
            Boxes = [],
            Verdict = "",
            Note = "",
            Emphasis = 1,
            IsDoubtful = false,
            Scale = OverlayContent.AttentionScale,
            Peak = Point(heatmap.Peak()),
        };

    private static (double X, double Y)? Point(HeatmapPeak? peak) => peak is { } at ? (at.X, at.Y) : null;
}
