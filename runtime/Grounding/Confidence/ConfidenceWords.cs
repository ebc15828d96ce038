using System.Globalization;
using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>A confidence in words, the same in tables, pictures and pages, and how strongly a heatmap of it is drawn.</summary>
public static class ConfidenceWords
{
    /// <summary>For example <c>low confidence, 0.41</c>; empty where there is none.</summary>
    public static string Of(PhraseConfidence? confidence) => Of(confidence?.Region, confidence?.Probability);

    /// <summary>For example <c>low confidence, 0.41</c>; empty where there is none.</summary>
    public static string Of(RegionSupport? region, double? probability) =>
        region is { } state ? string.Create(CultureInfo.InvariantCulture, $"{NameOf(state)}, {probability:0.00}") : "";

    /// <summary>For example <c>confidence unknown: name a place</c>: what stands where there is no confidence.</summary>
    public static string Of(ConfidenceGap gap) =>
        gap switch
        {
            ConfidenceGap.NotCalibrated => "confidence unknown: bundle not calibrated",
            ConfidenceGap.NotAsked => "confidence not asked for",
            ConfidenceGap.NoPathology => "confidence unknown: no known pathology",
            ConfidenceGap.NoPlace => "confidence unknown: name a place",
            ConfidenceGap.WordsLeftOut => "confidence unknown: the model does not know all of its words",
            _ => "confidence unknown: unfamiliar image",
        };

    /// <summary>What is known of a phrase: its confidence, or why there is none. Never empty.</summary>
    public static string Of(PhraseConfidence? confidence, ConfidenceGap? gap) =>
        confidence is { } known ? Of(known) : Of(gap ?? ConfidenceGap.NotAsked);

    /// <summary>Share of the usual opacity for a heatmap: less than 1 for one that is not to be believed.</summary>
    public static double Emphasis(PhraseConfidence? confidence) =>
        confidence?.Region switch
        {
            RegionSupport.LowConfidence => 0.7,
            RegionSupport.NoRegion => 0.3,
            _ => 1,
        };

    private static string NameOf(RegionSupport region) =>
        region switch
        {
            RegionSupport.Supported => "supported",
            RegionSupport.LowConfidence => "low confidence",
            _ => "no region",
        };
}
