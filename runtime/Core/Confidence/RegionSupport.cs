using System.Text.Json.Serialization;

namespace CxrOnnx.Core.Confidence;

/// <summary>What a phrase's confidence says of its region.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RegionSupport>))]
public enum RegionSupport
{
    /// <summary>The image supports the phrase.</summary>
    [JsonStringEnumMemberName("supported")]
    Supported,

    /// <summary>It may or may not: the region is shown, and said to be uncertain.</summary>
    [JsonStringEnumMemberName("low_confidence")]
    LowConfidence,

    /// <summary>It does not: there is no region to show. The heatmap exists all the same, but where it peaks means nothing.</summary>
    [JsonStringEnumMemberName("no_region")]
    NoRegion,
}
