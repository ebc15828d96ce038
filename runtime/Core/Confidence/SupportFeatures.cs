using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// What the noise prediction tells of whether an image supports a phrase, as numbers for a <see cref="ConfidenceModel"/>.
/// </summary>
public static class SupportFeatures
{
    /// <summary>
    /// The names, in the order of <see cref="Of"/>. With a the agreement and c the change of a <see cref="PredictionGain"/>, averaged under
    /// the Gaussians of the place that the phrase names (<c>place_*</c>) or over the whole image (<c>image_*</c>): <c>score</c> is a /
    /// sqrt(c), the matched filter, which does not depend on how strongly the phrase's words act; <c>gain</c> is 2 a - c, the fall of the
    /// squared error.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = ["place_score", "image_score", "place_gain", "image_gain"];

    /// <summary>Position of a name.</summary>
    /// <exception cref="ArgumentException">It is not one of <see cref="Names"/>.</exception>
    public static int IndexOf(string name)
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return i;
            }
        }

        throw new ArgumentException($"feature '{name}' is not known", nameof(name));
    }

    /// <summary>Measures what a phrase does to the prediction.</summary>
    /// <param name="gain">What it does, cell by cell.</param>
    /// <param name="locations">What the phrase names; at least one.</param>
    /// <param name="atlas">Where locations lie.</param>
    /// <returns>One finite value per name.</returns>
    public static double[] Of(PredictionGain gain, IReadOnlyList<Location> locations, LocationAtlas atlas)
    {
        float[] place = GaussianMap.Render([.. locations.SelectMany(atlas.Gaussians).Distinct()], gain.Grid);
        (double hereAgreement, double hereChange) = (Under(gain.Agreement, place), Under(gain.Change, place));
        (double agreement, double change) = (gain.Agreement.Average(), gain.Change.Average());
        return [Score(hereAgreement, hereChange), Score(agreement, change), (2 * hereAgreement) - hereChange, (2 * agreement) - change];
    }

    /// <summary>A phrase that changes nothing tells nothing.</summary>
    private static double Score(double agreement, double change) => change > 0 ? agreement / Math.Sqrt(change) : 0;

    private static double Under(double[] map, float[] weights)
    {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < map.Length; i++)
        {
            sum += map[i] * weights[i];
            total += weights[i];
        }

        return total > 0 ? sum / total : 0;
    }
}
