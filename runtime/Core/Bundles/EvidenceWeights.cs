namespace CxrOnnx.Core.Bundles;

/// <summary>
/// The logistic regression that turns two maps into the probability that a cell lies in the phrase's region. All three inputs lie in
/// [0, 1]; see docs/evidence.md.
/// </summary>
/// <param name="Intercept">Log odds where all three are 0.</param>
/// <param name="Attention">Weight of the smoothed attention.</param>
/// <param name="Gain">Weight of the smoothed gain in prediction.</param>
/// <param name="Both">Weight of the geometric mean of the two.</param>
public sealed record EvidenceWeights(double Intercept, double Attention, double Gain, double Both)
{
    /// <summary>The probability, in [0, 1].</summary>
    /// <param name="attention">Smoothed attention of the cell.</param>
    /// <param name="gain">Smoothed gain of the cell.</param>
    /// <param name="both">Their geometric mean.</param>
    public double Probability(double attention, double gain, double both) =>
        1 / (1 + Math.Exp(-(Intercept + (Attention * attention) + (Gain * gain) + (Both * both))));

    /// <summary>The same with four decimals: more than the data tell, and short to read.</summary>
    public EvidenceWeights Rounded() => new(Math.Round(Intercept, 4), Math.Round(Attention, 4), Math.Round(Gain, 4), Math.Round(Both, 4));
}
