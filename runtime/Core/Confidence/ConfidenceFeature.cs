namespace CxrOnnx.Core.Confidence;

/// <summary>One feature of a confidence model: the log odds grow by weight * (value - mean) / scale.</summary>
/// <param name="Name">One of <see cref="SupportFeatures.Names"/>.</param>
/// <param name="Mean">Mean of the value over the calibration cases.</param>
/// <param name="Scale">Standard deviation of it, positive.</param>
/// <param name="Weight">Weight of the standardised value.</param>
public sealed record ConfidenceFeature(string Name, double Mean, double Scale, double Weight)
{
    /// <summary>The standardised value.</summary>
    /// <param name="value">The value as measured.</param>
    public double Standardise(double value) => (value - Mean) / Scale;
}
