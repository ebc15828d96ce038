using System.Globalization;
using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Trainer.Training;

/// <summary>
/// A learning curve as a CSV file and a PNG plot. Rows are keyed by step; a resumed run drops the rows past its checkpoint.
/// </summary>
public sealed class LearningCurve
{
    private readonly string _path;
    private readonly SortedDictionary<long, IReadOnlyList<KeyValuePair<string, double>>> _rows = [];

    /// <summary>Opens a curve.</summary>
    /// <param name="path">The CSV file; read if it exists.</param>
    /// <param name="resumeStep">Rows after this step are forgotten.</param>
    public LearningCurve(string path, long resumeStep)
    {
        _path = path;
        if (!File.Exists(path))
        {
            return;
        }

        string[][] lines = [.. File.ReadLines(path).Select(line => line.Split(','))];
        foreach (string[] line in lines.Skip(1))
        {
            long step = long.Parse(line[0], CultureInfo.InvariantCulture);
            if (step > resumeStep)
            {
                continue;
            }

            _rows[step] =
            [
                .. lines[0]
                    .Zip(line)
                    .Skip(1)
                    .Where(pair => pair.Second.Length > 0)
                    .Select(pair => KeyValuePair.Create(pair.First, double.Parse(pair.Second, CultureInfo.InvariantCulture))),
            ];
        }
    }

    /// <summary>The rows by step.</summary>
    public IReadOnlyDictionary<long, IReadOnlyList<KeyValuePair<string, double>>> Rows => _rows;

    /// <summary>Adds a row and writes the file again.</summary>
    public void Add(long step, IReadOnlyList<KeyValuePair<string, double>> values)
    {
        _rows[step] = values;
        string[] columns = [.. _rows.Values.SelectMany(row => row.Select(value => value.Key)).Distinct()];
        StringBuilder csv = new("step," + string.Join(',', columns) + "\n");
        foreach ((long key, IReadOnlyList<KeyValuePair<string, double>> row) in _rows)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{key}");
            foreach (string column in columns)
            {
                KeyValuePair<string, double>[] found = [.. row.Where(value => value.Key == column)];
                csv.Append(',').Append(found.Length == 0 ? string.Empty : found[0].Value.ToString("R", CultureInfo.InvariantCulture));
            }

            csv.Append('\n');
        }

        AtomicFile.WriteText(_path, csv.ToString());
    }

    /// <summary>Draws columns against the step.</summary>
    /// <param name="path">PNG file.</param>
    /// <param name="title">Heading.</param>
    /// <param name="columns">Columns to draw; those without any value are left out.</param>
    public void Plot(string path, string title, params IEnumerable<string> columns)
    {
        using ScottPlot.Plot plot = new();
        plot.Title(title);
        plot.XLabel("step");
        foreach (string column in columns)
        {
            (double Step, double Value)[] points =
            [
                .. _rows.SelectMany(row => row.Value.Where(value => value.Key == column).Select(value => ((double)row.Key, value.Value))),
            ];
            if (points.Length == 0)
            {
                continue;
            }

            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                points.Select(point => point.Step).ToArray(),
                points.Select(point => point.Value).ToArray()
            );
            line.LegendText = column;
            line.MarkerSize = 3;
        }

        // Losses fall, so the upper right corner is free.
        plot.ShowLegend(ScottPlot.Alignment.UpperRight);
        byte[] png = plot.GetImage(900, 540).GetImageBytes(ScottPlot.ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }
}
