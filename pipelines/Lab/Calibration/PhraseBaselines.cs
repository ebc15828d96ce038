using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Lab.Calibration;

/// <summary>
/// What a phrase's features are on images that do not support it, as an effect of its pathology plus one of its place. Most phrases occur too rarely to be
/// averaged one by one.
/// </summary>
/// <param name="Pathologies">Effect of each pathology that occurs.</param>
/// <param name="Locations">Effect of each location that occurs; a phrase of several has their mean.</param>
internal sealed record PhraseBaselines(IReadOnlyDictionary<string, double> Pathologies, IReadOnlyDictionary<string, double> Locations)
{
    private const int MostSweeps = 1000;
    private const double Tolerance = 1e-10;

    /// <summary>Fits the effects of one feature by least squares with a ridge, by coordinate descent.</summary>
    /// <param name="phrases">The phrases, with at least one location each.</param>
    /// <param name="values">The feature of each.</param>
    /// <param name="ridge">Positive; draws the effects towards 0 (the feature's mean), so that rare words stay near it.</param>
    public static PhraseBaselines Fit(IReadOnlyList<StandardPrompt> phrases, IReadOnlyList<double> values, double ridge)
    {
        double mean = values.Average();
        string[] pathologies = [.. phrases.Select(phrase => phrase.Pathology.Name).Distinct().Order(StringComparer.Ordinal)];
        string[] locations = [.. phrases.SelectMany(phrase => phrase.Locations).Select(location => location.Name).Distinct().Order(StringComparer.Ordinal)];

        // Columns of the design: the pathologies, then the locations, with the share that each has in a phrase.
        (int Column, double Share)[][] rows =
        [
            .. phrases.Select(phrase => ((int, double)[])
            [
                (Array.IndexOf(pathologies, phrase.Pathology.Name), 1),
                .. phrase.Locations.Select(location => (pathologies.Length + Array.IndexOf(locations, location.Name), 1.0 / phrase.Locations.Count)),
            ]),
        ];
        int width = pathologies.Length + locations.Length;
        (int Row, double Share)[][] columns = new (int, double)[width][];
        for (int j = 0; j < width; j++)
        {
            int column = j;
            columns[j] = [.. rows.Index().SelectMany(row => row.Item.Where(entry => entry.Column == column).Select(entry => (row.Index, entry.Share)))];
        }

        double[] effects = new double[width];
        double[] residuals = [.. values.Select(value => value - mean)];
        double scale = Math.Sqrt(residuals.Average(residual => residual * residual));
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double largest = 0;
            for (int j = 0; j < width; j++)
            {
                double gradient = columns[j].Sum(entry => entry.Share * residuals[entry.Row]) - (ridge * effects[j]);
                double change = gradient / (columns[j].Sum(entry => entry.Share * entry.Share) + ridge);
                effects[j] += change;
                foreach ((int row, double share) in columns[j]) residuals[row] -= share * change;
                largest = Math.Max(largest, Math.Abs(change));
            }

            if (largest <= Tolerance * scale) break;
        }

        return new PhraseBaselines(
            pathologies.Select((name, i) => (name, effects[i])).ToDictionary(),
            locations.Select((name, i) => (name, effects[pathologies.Length + i])).ToDictionary());
    }
}
