using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// What the noise prediction tells of whether an image supports a phrase, as numbers for a <see cref="ConfidenceModel"/>.
/// </summary>
public static class SupportFeatures
{
    /// <summary>Number of values that <see cref="Of"/> measures: the first of <see cref="Names"/>.</summary>
    public const int OwnCount = 4;

    /// <summary>
    /// The names, in the order of <see cref="Of"/>, then of <see cref="WithReferences"/>. With a the agreement and c the change of a
    /// <see cref="PredictionGain"/>, averaged under the Gaussians of the place that the phrase names (<c>place_*</c>) or over the whole
    /// image (<c>image_*</c>): <c>score</c> is a / sqrt(c), the matched filter, which does not depend on how strongly the phrase's words
    /// act; <c>gain</c> is 2 a - c, the fall of the squared error. <c>*_relative</c>: how many standard deviations the same value lies
    /// above its mean over the reference phrases, asked on the same image.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "place_score",
        "image_score",
        "place_gain",
        "image_gain",
        "place_score_relative",
        "image_score_relative",
        "place_gain_relative",
        "image_gain_relative",
    ];

    /// <summary>Whether a feature compares with reference phrases.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static bool IsRelative(string name) => IndexOf(name) >= OwnCount;

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
    /// <returns>One finite value for each of the first <see cref="OwnCount"/> names.</returns>
    public static double[] Of(PredictionGain gain, IReadOnlyList<Location> locations, LocationAtlas atlas)
    {
        float[] place = GaussianMap.Render([.. locations.SelectMany(atlas.Gaussians).Distinct()], gain.Grid);
        (double hereAgreement, double hereChange) = (Under(gain.Agreement, place), Under(gain.Change, place));
        (double agreement, double change) = (gain.Agreement.Average(), gain.Change.Average());
        return [Score(hereAgreement, hereChange), Score(agreement, change), (2 * hereAgreement) - hereChange, (2 * agreement) - change];
    }

    /// <summary>Compares a phrase with others that were asked on the same image: an image in which all phrases gain proves none.</summary>
    /// <param name="own">Its values, of <see cref="Of"/>.</param>
    /// <param name="references">Those of the reference phrases, at least one, without the phrase itself.</param>
    /// <returns>One finite value for each of <see cref="Names"/>.</returns>
    public static double[] WithReferences(IReadOnlyList<double> own, IReadOnlyList<IReadOnlyList<double>> references)
    {
        double[] all = new double[2 * OwnCount];
        for (int j = 0; j < OwnCount; j++)
        {
            double mean = references.Average(values => values[j]);
            double deviation = Math.Sqrt(references.Average(values => (values[j] - mean) * (values[j] - mean)));
            all[j] = own[j];
            all[OwnCount + j] = deviation > 0 ? (own[j] - mean) / deviation : 0;
        }

        return all;
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
