namespace CxrOnnx.Core.Confidence;

/// <summary>Where the probability is cut.</summary>
/// <param name="NoRegion">Below this there is no region; in [0,1].</param>
/// <param name="Supported">
/// From this on the phrase is supported; in [0,1], at least <paramref name="NoRegion"/>. In between the confidence is low.
/// </param>
/// <param name="Criterion">How they were chosen, one sentence.</param>
public sealed record ConfidenceThresholds(double NoRegion, double Supported, string Criterion)
{
    /// <summary>What a probability says of the region; a threshold itself belongs to what lies above it.</summary>
    public RegionSupport RegionOf(double probability) =>
        probability < NoRegion ? RegionSupport.NoRegion
        : probability < Supported ? RegionSupport.LowConfidence
        : RegionSupport.Supported;
}
