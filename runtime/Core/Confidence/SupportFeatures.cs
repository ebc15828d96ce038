using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Confidence;

/// <summary>What a grounding shows of whether the image supports the phrase, as numbers for a <see cref="ConfidenceModel"/>. Costs no evaluation of the model.</summary>
public static class SupportFeatures
{
    /// <summary>Keeps logarithms of empty maps finite; attention is a probability among 77 tokens, far above it.</summary>
    private const double Smallest = 1e-6;

    /// <summary>
    /// The names, in the order of <see cref="Of"/>. Of the heatmap: <c>strength</c> at the place, log ratio to the <c>mirror</c> image of the place, log
    /// ratio to the <c>other</c> places, <c>contrast</c> and <c>prior_correlation</c> as <see cref="LocationEvidence"/> has them. Of the attention before
    /// the min-max: log of the mean <c>raw_level</c>, log ratio of its peak to the mean (<c>raw_peak</c>), of its mean under the place's Gaussian to the mean
    /// everywhere (<c>raw_place</c>) and to that under the mirror image (<c>raw_mirror</c>), and its correlation with the Gaussian (<c>raw_correlation</c>).
    /// Where a place is its own mirror image, the ratio to the other places, or to everywhere, stands in.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } =
        ["strength", "mirror", "other", "contrast", "prior_correlation", "raw_level", "raw_peak", "raw_place", "raw_mirror", "raw_correlation"];

    /// <summary>Position of a name.</summary>
    /// <exception cref="ArgumentException">It is not one of <see cref="Names"/>.</exception>
    public static int IndexOf(string name)
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name) return i;
        }

        throw new ArgumentException($"feature '{name}' is not known", nameof(name));
    }

    /// <summary>Measures a grounding.</summary>
    /// <param name="evidence">Of its heatmap.</param>
    /// <param name="raw">Its attention before the min-max.</param>
    /// <param name="locations">What the phrase names; at least one.</param>
    /// <param name="atlas">Where locations lie.</param>
    /// <returns>One finite value per name.</returns>
    public static double[] Of(LocationEvidence evidence, RawAttention raw, IReadOnlyList<Location> locations, LocationAtlas atlas)
    {
        float[] place = GaussianMap.Render([.. locations.SelectMany(atlas.Gaussians).Distinct()], raw.Grid);
        double mean = raw.Values.Average();
        double here = LocationEvidence.Under(raw.Values, place);
        bool hasMirror = evidence.MirroredStrength is not null;
        return
        [
            evidence.Strength,
            LogRatio(evidence.Strength, evidence.MirroredStrength ?? evidence.OtherStrength),
            LogRatio(evidence.Strength, evidence.OtherStrength),
            evidence.Contrast,
            evidence.PriorCorrelation ?? 0,
            Math.Log(mean + Smallest),
            LogRatio(raw.Values.Max(), mean),
            LogRatio(here, mean),
            LogRatio(here, hasMirror ? LocationEvidence.Under(raw.Values, LocationEvidence.Mirrored(place, raw.Grid)) : mean),
            LocationEvidence.Correlation(raw.Values, place) ?? 0,
        ];
    }

    private static double LogRatio(double value, double reference) => Math.Log((value + Smallest) / (reference + Smallest));
}
