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

    /// <summary>Share of the usual opacity for a heatmap: less than 1 for one that is not to be believed.</summary>
    public static double Emphasis(PhraseConfidence? confidence) =>
        confidence?.Region switch
        {
            RegionSupport.LowConfidence => 0.55,
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
