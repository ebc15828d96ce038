using System.Globalization;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Trainer.Data;
using ScottPlot;
using Location = CxrOnnx.Core.Prompts.Location;

namespace CxrOnnx.Lab.Curation;

/// <summary>How many samples a tuning set has per pathology and location.</summary>
/// <remarks>After figure 10 of Vilouras et al., MIDL 2026 (arXiv:2506.10633). A sample with two locations counts at both.</remarks>
internal sealed class CurationStatistics
{
    private readonly int[,] _counts = new int[Location.All.Count, Pathology.All.Count];
    private readonly int[] _samples = new int[Pathology.All.Count];

    /// <summary>Counts a set.</summary>
    public CurationStatistics(IEnumerable<TuningSetEntry> entries)
    {
        Dictionary<string, int> locations = Location.All.Index().ToDictionary(item => item.Item.Name, item => item.Index);
        Dictionary<string, int> pathologies = Pathology.All.Index().ToDictionary(item => item.Item.Name, item => item.Index);
        foreach (TuningSetEntry entry in entries)
        {
            _samples[pathologies[entry.Pathology]]++;
            foreach (string location in entry.Locations)
            {
                _counts[locations[location], pathologies[entry.Pathology]]++;
            }
        }
    }

    /// <summary>Samples of a pathology.</summary>
    public int SamplesOf(Pathology pathology) => _samples[IndexOf(pathology)];

    /// <summary>Writes <c>pathology,location,samples</c>, a row for each of the 8 x 27 pairs, zeros included.</summary>
    public void WriteCsv(string path)
    {
        StringBuilder csv = new("pathology,location,samples\n");
        foreach ((int column, Pathology pathology) in Pathology.All.Index())
        {
            foreach ((int row, Location location) in Location.All.Index())
            {
                csv.Append(CultureInfo.InvariantCulture, $"{pathology.Name},{location.Name},{_counts[row, column]}\n");
            }
        }

        AtomicFile.WriteText(path, csv.ToString());
    }

    /// <summary>Draws the table as a picture: locations down, pathologies across, the count in every cell that has samples.</summary>
    public void WritePlot(string path, string title)
    {
        int rows = Location.All.Count,
            columns = Pathology.All.Count;
        double[,] shade = new double[rows, columns];
        int largest = 1;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                // Counts span three orders of magnitude; the shade follows their logarithm, the number tells the rest. The colours begin
                // with the dark end.
                shade[row, column] = _counts[row, column] == 0 ? double.NaN : -Math.Log10(_counts[row, column]);
                largest = Math.Max(largest, _counts[row, column]);
            }
        }

        using Plot plot = new();
        ScottPlot.Plottables.Heatmap map = plot.Add.Heatmap(shade);
        map.Colormap = new ScottPlot.Colormaps.Blues();
        map.ManualRange = new ScottPlot.Range(-1.1 * Math.Log10(largest), 0.6);
        map.NaNCellColor = Colors.White;
        map.FlipVertically = false;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                if (_counts[row, column] > 0)
                {
                    ScottPlot.Plottables.Text text = plot.Add.Text(
                        _counts[row, column].ToString(CultureInfo.InvariantCulture),
                        column,
                        rows - 1 - row
                    );
                    text.LabelAlignment = Alignment.MiddleCenter;
                    text.LabelFontSize = 12;
                    text.LabelFontColor = _counts[row, column] > largest / 6 ? Colors.White : Colors.Black;
                }
            }
        }

        plot.Axes.Left.SetTicks(
            [.. Enumerable.Range(0, rows).Select(row => (double)(rows - 1 - row))],
            [.. Location.All.Select(location => location.Name)]
        );
        plot.Axes.Bottom.SetTicks(
            [.. Enumerable.Range(0, columns).Select(column => (double)column)],
            [.. Pathology.All.Select(pathology => $"{pathology.Name}\n{SamplesOf(pathology)}")]
        );
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        plot.HideGrid();
        plot.Title(title);
        plot.XLabel("samples per pathology, below its name; a sample with two locations counts at both");
        byte[] png = plot.GetImage(1180, 860).GetImageBytes(ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    private static int IndexOf(Pathology pathology) => Pathology.All.Index().First(item => item.Item == pathology).Index;
}
