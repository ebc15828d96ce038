using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Evidence;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Grounding;

/// <summary>Where a phrase lies on an image.</summary>
public sealed record PhraseGrounding
{
    /// <summary>A region with a smaller share of the largest one's pixels is a speck and gets no box.</summary>
    public const double SmallestRegion = 0.05;

    /// <summary>The phrase, and what of it the model saw.</summary>
    public required EncodedPhrase Phrase { get; init; }

    /// <summary>The heatmap on the model's square.</summary>
    public required ModelHeatmap ModelHeatmap { get; init; }

    /// <summary>The heatmap on the original image, NaN where the model did not look.</summary>
    public required Heatmap Heatmap { get; init; }

    /// <summary>
    /// Connected regions above the threshold, largest first, in original pixels, without specks (less than a twentieth of the largest):
    /// the boxes that count, in every table and picture. None where <see cref="Confidence"/> says that there is no
    /// region.
    /// </summary>
    public required IReadOnlyList<HeatmapRegion> Regions { get; init; }

    /// <summary>The threshold of <see cref="Regions"/>.</summary>
    public required double BoxThreshold { get; init; }

    /// <summary>The box of the largest region in original pixels; null where nothing is above the threshold.</summary>
    public PixelBox? Box => Regions is [var largest, ..] ? largest.Box : null;

    /// <summary>The highest point in original pixels; null where the heatmap is zero.</summary>
    public required HeatmapPeak? Peak { get; init; }

    /// <summary>
    /// How unevenly the phrase's attention lies, 1 = the same everywhere: ranks phrases on one image, is no probability of a finding.
    /// </summary>
    public required double Focus { get; init; }

    /// <summary>The standard prompt that the phrase says; null where it says none.</summary>
    public required StandardPrompt? Prompt { get; init; }

    /// <summary>
    /// How sure the bundle is that the image supports the phrase; null where the bundle was not calibrated, where none was asked for, for
    /// phrases that name no known pathology and location, and on images unlike those of the calibration.
    /// </summary>
    public required PhraseConfidence? Confidence { get; init; }

    /// <summary>Why there is no <see cref="Confidence"/>; null where there is one.</summary>
    public ConfidenceGap? Gap { get; init; }

    /// <summary>What the image says of the phrase; null where the preset makes no evidence maps.</summary>
    public PhraseEvidence? Evidence { get; init; }

    /// <summary>One heatmap per sub-token; empty where they were not asked for.</summary>
    public required IReadOnlyList<TokenGrounding> Tokens { get; init; }

    /// <summary>Everything left out or unusual about phrase, image and maps, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What the result was computed with.</summary>
    public required GroundingProvenance Provenance { get; init; }

    /// <summary>How long it took.</summary>
    public required GroundingTimings Timings { get; init; }

    /// <summary>The same with the regions of another threshold.</summary>
    /// <param name="threshold">In [0,1].</param>
    public PhraseGrounding WithThreshold(double threshold) =>
        this with
        {
            BoxThreshold = threshold,
            Regions = RegionsOf(Heatmap, threshold, Confidence),
        };

    /// <summary>
    /// The regions that may be shown: where there is no region, the map may still peak somewhere, but a box there would be made up.
    /// </summary>
    internal static IReadOnlyList<HeatmapRegion> RegionsOf(Heatmap heatmap, double threshold, PhraseConfidence? confidence) =>
        confidence?.Region == RegionSupport.NoRegion ? []
        : heatmap.Regions(threshold) is [var largest, ..] all
            ? [.. all.Where(region => region.PixelCount >= SmallestRegion * largest.PixelCount)]
        : [];
}
