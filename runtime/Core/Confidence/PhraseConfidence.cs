namespace CxrOnnx.Core.Confidence;

/// <summary>How sure a calibrated bundle is that an image supports a phrase.</summary>
/// <param name="Probability">
/// In [0,1], for even odds: of phrases with this value, as many of a mixture of supported and unsupported ones in equal parts were
/// supported in the calibration data.
/// </param>
/// <param name="Region">What follows for the region.</param>
public readonly record struct PhraseConfidence(double Probability, RegionSupport Region);
