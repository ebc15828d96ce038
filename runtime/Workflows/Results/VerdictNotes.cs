using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Workflows.Results;

/// <summary>What a verdict can and cannot tell, one sentence each: the same in tables, pictures and pages.</summary>
public static class VerdictNotes
{
    /// <summary>Of a phrase that the image supports.</summary>
    public const string Supported =
        "supported: the image looks as the phrase says; a neighbouring place or a like pathology often fits as well, and is not told apart";

    /// <summary>Of a phrase between the thresholds.</summary>
    public const string LowConfidence =
        "low confidence: the image may or may not show it, a normal one too; the dashed box says where it would be, not that it is there";

    /// <summary>Of a phrase that the image does not support.</summary>
    public const string NoRegion = "no region: the image does not look as the phrase says; no box is drawn";

    /// <summary>Of a phrase without a confidence.</summary>
    public const string Unknown = "confidence unknown: the dashed box says where the words point, whether or not the image shows it";

    /// <summary>The note of a region; null: of a phrase without confidence.</summary>
    public static string Of(RegionSupport? region) =>
        region switch
        {
            RegionSupport.Supported => Supported,
            RegionSupport.LowConfidence => LowConfidence,
            RegionSupport.NoRegion => NoRegion,
            _ => Unknown,
        };
}
