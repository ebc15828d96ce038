using System.Text.Json.Serialization;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// What turns a phrase's features into a probability: a logistic regression and its thresholds. Immutable and thread-safe.
/// </summary>
public sealed record ConfidenceModel
{
    /// <summary>The features that are used, with their weights; at least one.</summary>
    public required IReadOnlyList<ConfidenceFeature> Features { get; init; }

    /// <summary>Log odds where every feature has its mean.</summary>
    public required double Intercept { get; init; }

    /// <summary>Where the probability is cut.</summary>
    public required ConfidenceThresholds Thresholds { get; init; }

    /// <summary>How well it does; first on held-out patients of the calibration data, then on test sets.</summary>
    public required IReadOnlyList<ConfidenceFigures> Figures { get; init; }

    /// <summary>Whether a feature compares with reference phrases.</summary>
    [JsonIgnore]
    public bool IsRelative => Features.Any(feature => SupportFeatures.IsRelative(feature.Name));

    /// <summary>The regression on standardised features.</summary>
    [JsonIgnore]
    public LogisticRegression Regression => new(Intercept, [.. Features.Select(feature => feature.Weight)]);

    /// <summary>Standardises the features that the model uses.</summary>
    /// <param name="values">
    /// One value per name of <see cref="SupportFeatures.Names"/>, in that order; without the relative ones where the model uses none.
    /// </param>
    /// <exception cref="ArgumentException">There are more or fewer values.</exception>
    public double[] Standardise(IReadOnlyList<double> values)
    {
        int wanted = IsRelative ? SupportFeatures.Names.Count : SupportFeatures.OwnCount;
        if (values.Count != wanted && values.Count != SupportFeatures.Names.Count)
        {
            throw new ArgumentException($"{values.Count} features, wanted {wanted}", nameof(values));
        }

        return [.. Features.Select(feature => feature.Standardise(values[SupportFeatures.IndexOf(feature.Name)]))];
    }

    /// <summary>The confidence of a phrase on an image.</summary>
    /// <param name="values">Its features, as <see cref="Standardise"/> takes them.</param>
    /// <exception cref="ArgumentException">There are more or fewer values.</exception>
    public PhraseConfidence Assess(IReadOnlyList<double> values)
    {
        double probability = Regression.Probability(Standardise(values));
        return new PhraseConfidence(probability, Thresholds.RegionOf(probability));
    }
}
