using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// How a phrase's heatmap speaks for the place that the phrase names, against the places it could have chosen instead: the mirror image of that place, and
/// the other locations of the atlas. Numbers to be calibrated, not a verdict: what values mean "supported" depends on the model.
/// </summary>
/// <remarks>
/// Our own definition. With m the heatmap on the model's square and g the location's Gaussian there, the strength at a location is sum(m g) / sum(g). A
/// location overlaps another where the cosine of their Gaussians is at least <see cref="Overlap"/>; such ones are no alternatives.
/// </remarks>
/// <param name="Strength">Mean strength of the heatmap under the named locations' Gaussians, in [0,1].</param>
/// <param name="MirroredStrength">The same under their mirror image; null where that is (nearly) the place itself, as for the heart or both lungs.</param>
/// <param name="OtherStrength">Mean over the atlas' other locations that do not overlap, in [0,1].</param>
/// <param name="PriorCorrelation">
/// Pearson correlation of the heatmap with the Gaussians: near 1, the map says no more than the words did; null for a constant map.
/// </param>
public sealed record LocationEvidence(double Strength, double? MirroredStrength, double OtherStrength, double? PriorCorrelation)
{
    /// <summary>Cosine of two Gaussians from which on they are the same place.</summary>
    public const double Overlap = 0.3;

    /// <summary>(s - a) / (s + a), with s the strength and a the larger of the alternatives: 1 = only there, 0 = as strong elsewhere; 0 for an empty map.</summary>
    public double Contrast
    {
        get
        {
            double alternative = Math.Max(MirroredStrength ?? 0, OtherStrength);
            return Strength + alternative > 0 ? (Strength - alternative) / (Strength + alternative) : 0;
        }
    }

    /// <summary>Measures a heatmap.</summary>
    /// <param name="map">The heatmap on the model's square, values in [0,1].</param>
    /// <param name="locations">What the phrase names; at least one.</param>
    /// <param name="atlas">Where locations lie.</param>
    public static LocationEvidence Of(ModelHeatmap map, IReadOnlyList<Location> locations, LocationAtlas atlas)
    {
        LocationGaussian[] own = [.. locations.SelectMany(atlas.Gaussians).Distinct()];
        float[] place = GaussianMap.Render(own, map.Grid);
        float[] mirror = Mirrored(place, map.Grid);
        double[] others =
        [
            .. Location.All.Where(location => atlas.Gaussians(location).Count == 1)
                .Select(location => GaussianMap.Render(atlas.Gaussians(location), map.Grid))
                .Where(other => Cosine(other, place) < Overlap)
                .Select(other => Under(map.Values, other)),
        ];
        return new LocationEvidence(
            Under(map.Values, place),
            Cosine(mirror, place) < Overlap ? Under(map.Values, mirror) : null,
            others.Length > 0 ? others.Average() : 0,
            Correlation(map.Values, place));
    }

    internal static double Under(float[] map, float[] weights)
    {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < map.Length; i++)
        {
            sum += (double)map[i] * weights[i];
            total += weights[i];
        }

        return total > 0 ? sum / total : 0;
    }

    internal static float[] Mirrored(float[] map, GridSize grid)
    {
        float[] mirrored = [.. map];
        for (int row = 0; row < grid.Rows; row++)
            mirrored.AsSpan(row * grid.Columns, grid.Columns).Reverse();
        return mirrored;
    }

    private static double Cosine(float[] first, float[] second)
    {
        (double dot, double a, double b) = (0, 0, 0);
        for (int i = 0; i < first.Length; i++)
        {
            dot += (double)first[i] * second[i];
            a += (double)first[i] * first[i];
            b += (double)second[i] * second[i];
        }

        return a > 0 && b > 0 ? dot / Math.Sqrt(a * b) : 0;
    }

    internal static double? Correlation(float[] first, float[] second)
    {
        double meanFirst = first.Average();
        double meanSecond = second.Average();
        (double dot, double a, double b) = (0, 0, 0);
        for (int i = 0; i < first.Length; i++)
        {
            (double x, double y) = (first[i] - meanFirst, second[i] - meanSecond);
            dot += x * y;
            a += x * x;
            b += y * y;
        }

        return a > 0 && b > 0 ? dot / Math.Sqrt(a * b) : null;
    }
}
