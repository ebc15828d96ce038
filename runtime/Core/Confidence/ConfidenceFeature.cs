using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// One feature of a confidence model: the log odds grow by weight * (value - baseline - mean) / scale. The baseline is what a phrase of this pathology and
/// place shows on images that do not support it, so that only what the image adds can count: words whose maps are always strong gain nothing by it.
/// </summary>
/// <param name="Name">One of <see cref="SupportFeatures.Names"/>.</param>
/// <param name="Pathologies">Baseline of each pathology, added to that of the place; 0 for one that is not listed.</param>
/// <param name="Locations">Baseline of each location, averaged over those of the phrase; 0 for one that is not listed.</param>
/// <param name="Mean">Mean of value - baseline over the calibration cases.</param>
/// <param name="Scale">Standard deviation of it, positive.</param>
/// <param name="Weight">Weight of the standardised value.</param>
public sealed record ConfidenceFeature(
    string Name, IReadOnlyDictionary<string, double> Pathologies, IReadOnlyDictionary<string, double> Locations, double Mean, double Scale, double Weight)
{
    /// <summary>The baseline of a phrase.</summary>
    /// <param name="prompt">The phrase; at least one location.</param>
    public double Baseline(StandardPrompt prompt) =>
        Pathologies.GetValueOrDefault(prompt.Pathology.Name) + prompt.Locations.Average(location => Locations.GetValueOrDefault(location.Name));

    /// <summary>The standardised value.</summary>
    /// <param name="value">The value as measured.</param>
    /// <param name="prompt">The phrase.</param>
    public double Standardise(double value, StandardPrompt prompt) => (value - Baseline(prompt) - Mean) / Scale;
}
