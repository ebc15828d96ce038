using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Metrics;
using ScottPlot;

namespace CxrOnnx.Lab.Confidence;

/// <summary>Draws ROC curves.</summary>
internal static class RocPlot
{
    private const int Side = 640;

    /// <summary>Writes a picture.</summary>
    /// <param name="path">PNG file.</param>
    /// <param name="title">Heading.</param>
    /// <param name="curves">Name, scores of the supported and of the unsupported phrases, and the threshold to mark.</param>
    public static void Write(
        string path,
        string title,
        IReadOnlyList<(string Name, double[] Supported, double[] Unsupported, double Threshold)> curves
    )
    {
        using Plot plot = new();
        plot.Title(title);
        plot.XLabel("unsupported phrases that keep a region (1 - specificity)");
        plot.YLabel("supported phrases that keep a region (sensitivity)");
        ScottPlot.Plottables.Scatter chance = plot.Add.ScatterLine(new double[] { 0, 1 }, new double[] { 0, 1 }, Colors.Gray);
        chance.LinePattern = LinePattern.Dashed;
        chance.LegendText = "chance";
        foreach ((string name, double[] supported, double[] unsupported, double threshold) in curves)
        {
            IReadOnlyList<RocPoint> points = RocCurve.Of(supported, unsupported);
            ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(
                points.Select(point => point.FalsePositiveRate).ToArray(),
                points.Select(point => point.Sensitivity).ToArray()
            );
            line.LineWidth = 2;
            line.LegendText = name;
            plot.Add.Marker(
                (double)unsupported.Count(score => score >= threshold) / unsupported.Length,
                (double)supported.Count(score => score >= threshold) / supported.Length,
                MarkerShape.FilledCircle,
                9,
                line.Color
            );
        }

        plot.Axes.SetLimits(-0.01, 1.01, -0.01, 1.01);
        plot.ShowLegend(Alignment.LowerRight);
        byte[] png = plot.GetImage(Side + 40, Side + 40).GetImageBytes(ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }
}
