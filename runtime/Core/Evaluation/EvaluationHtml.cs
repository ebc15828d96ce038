using System.Globalization;
using System.Net;
using System.Text;
using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Core.Evaluation;

/// <summary>The results as one HTML file that needs nothing else: charts as SVG, pictures inside the file, no scripts.</summary>
public static class EvaluationHtml
{
    private const int ChartHeight = 190;
    private const int AxisWidth = 52;
    private const int BarWidth = 16;
    private const int GroupGap = 26;
    private const int TopMargin = 14;

    // Okabe and Ito's colours, which colour-blind readers tell apart.
    private static readonly string[] Colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999"];

    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1b1b; background: #fff; }
        table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: 0.2rem 0.7rem; border-bottom: 1px solid #ddd; } th:first-child, td:first-child { text-align: left; }
        .ci { color: #666; font-size: 0.85em; } figure { display: inline-block; margin: 0 1rem 1rem 0; width: 21rem; vertical-align: top; }
        figure img { width: 100%; } figcaption { font-size: 0.85em; color: #333; overflow-wrap: anywhere; } svg text { font: 11px system-ui, sans-serif; fill: #333; }
        .key span { display: inline-block; width: 0.8em; height: 0.8em; margin: 0 0.3em 0 1em; } .chart { overflow-x: auto; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="pictures">Examples; may be empty.</param>
    public static string Write(EvaluationReport report, IReadOnlyList<EvaluationPicture> pictures)
    {
        StringBuilder page = new();
        string title = $"Phrase grounding on {report.Dataset.Name}";
        Append(page, $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{Escape(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n");
        Append(page, $"<h1>{Escape(title)}</h1>\n");
        Append(page, $"<p>{report.Dataset.Cases.Count} phrases on {report.Dataset.Cases.Select(item => item.ImageId).Distinct().Count()} images. Means and 95 % intervals of {report.Resamples} bootstrap resamples (seed {report.Seed}).</p>\n");
        AppendKey(page, report);
        AppendChart(page, report, "Contrast-to-noise ratio", summary => summary.Cnr, 1);
        AppendChart(page, report, "Mean intersection over union, %", summary => summary.MIoU, 100);
        AppendChart(page, report, "Area under the ROC curve", summary => summary.Auroc, 1);
        AppendTable(page, "Average over classes", report.Systems.Select(system => (system.Name, system.Average)));
        foreach (string category in report.Dataset.Cases.Select(item => item.CategoryName).Distinct())
        {
            AppendTable(page, category, report.Systems.Select(system => (system.Name, system.Classes[category])));
        }

        foreach (IGrouping<string, EvaluationPicture> group in pictures.GroupBy(picture => picture.System))
        {
            Append(page, $"<h2>{Escape(group.Key)}: examples</h2>\n<p>Cases ranked by mIoU. The boxes are the annotators'.</p>\n");
            foreach (EvaluationPicture picture in group)
            {
                AppendPicture(page, picture);
            }
        }

        page.Append("<h2>Notes</h2>\n<ul>\n");
        foreach (string note in report.Notes())
        {
            Append(page, $"<li>{Escape(note)}</li>\n");
        }

        page.Append("</ul>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void AppendKey(StringBuilder page, EvaluationReport report)
    {
        page.Append("<p class=\"key\">");
        for (int i = 0; i < report.Systems.Count; i++)
        {
            Append(page, $"<span style=\"background:{Colour(i)}\"></span>{Escape(report.Systems[i].Name)}");
        }

        page.Append("</p>\n");
    }

    private static void AppendChart(StringBuilder page, EvaluationReport report, string title, Func<ScoreSummary, ConfidenceInterval?> metric, double scale)
    {
        string[] groups = [.. report.Dataset.Cases.Select(item => item.CategoryName).Distinct(), "average"];
        List<(int Group, int System, ConfidenceInterval Value)> bars = [];
        for (int s = 0; s < report.Systems.Count; s++)
        {
            for (int g = 0; g < groups.Length; g++)
            {
                ScoreSummary summary = g == groups.Length - 1 ? report.Systems[s].Average : report.Systems[s].Classes[groups[g]];
                if (metric(summary) is { } value)
                {
                    bars.Add((g, s, new ConfidenceInterval(value.Mean * scale, value.Low * scale, value.High * scale)));
                }
            }
        }

        if (bars.Count == 0)
        {
            return;
        }

        double high = Math.Max(bars.Max(bar => bar.Value.High), 1e-3);
        double low = Math.Min(0, bars.Min(bar => bar.Value.Low));
        double step = TickStep(high - low);
        high = Math.Ceiling(high / step) * step;
        low = Math.Floor(low / step) * step;
        int groupWidth = (report.Systems.Count * BarWidth) + GroupGap;

        // Class names are wider than two bars.
        groupWidth = Math.Max(groupWidth, 7 * groups.Max(name => name.Length));
        int width = AxisWidth + (groups.Length * groupWidth);
        double Y(double value) => TopMargin + (ChartHeight * (high - value) / (high - low));
        Append(page, $"<h2>{Escape(title)}</h2>\n<div class=\"chart\"><svg width=\"{width}\" height=\"{ChartHeight + 44}\" role=\"img\" aria-label=\"{Escape(title)}\">\n");
        for (double tick = low; tick <= high + (step / 2); tick += step)
        {
            Append(page, $"<line x1=\"{AxisWidth}\" x2=\"{width}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\" stroke=\"{(Math.Abs(tick) < step / 2 ? "#888" : "#e4e4e4")}\"/><text x=\"{AxisWidth - 6}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{tick:0.##}</text>\n");
        }

        foreach ((int group, int system, ConfidenceInterval value) in bars)
        {
            double x = AxisWidth + (group * groupWidth) + ((groupWidth - (report.Systems.Count * BarWidth)) / 2.0) + (system * BarWidth);
            double top = Math.Min(Y(value.Mean), Y(0));
            double middle = x + (BarWidth / 2.0) - 1;
            Append(page, $"<rect x=\"{x:0.#}\" y=\"{top:0.#}\" width=\"{BarWidth - 2}\" height=\"{Math.Abs(Y(value.Mean) - Y(0)):0.#}\" fill=\"{Colour(system)}\"><title>{Escape(report.Systems[system].Name)}, {Escape(groups[group])}: {value.Mean:0.###} [{value.Low:0.###}, {value.High:0.###}]</title></rect>");
            Append(page, $"<line x1=\"{middle:0.#}\" x2=\"{middle:0.#}\" y1=\"{Y(value.Low):0.#}\" y2=\"{Y(value.High):0.#}\" stroke=\"#222\"/>\n");
        }

        for (int g = 0; g < groups.Length; g++)
        {
            Append(page, $"<text x=\"{AxisWidth + ((g + 0.5) * groupWidth):0.#}\" y=\"{ChartHeight + TopMargin + 20}\" text-anchor=\"middle\">{Escape(groups[g])}</text>\n");
        }

        page.Append("</svg></div>\n");
    }

    private static void AppendTable(StringBuilder page, string title, IEnumerable<(string Name, ScoreSummary Summary)> rows)
    {
        Append(page, $"<h2>{Escape(title)}</h2>\n<table>\n<tr><th>system</th><th>n</th><th>CNR</th><th>mIoU %</th><th>AUROC</th></tr>\n");
        foreach ((string name, ScoreSummary summary) in rows)
        {
            Append(page, $"<tr><td>{Escape(name)}</td><td>{summary.Count}</td>{Cell(summary.Cnr, 1)}{Cell(summary.MIoU, 100)}{Cell(summary.Auroc, 1)}</tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void AppendPicture(StringBuilder page, EvaluationPicture picture)
    {
        EvaluationCase item = picture.Score.Case;
        Append(page, $"<figure><img src=\"data:image/png;base64,{Convert.ToBase64String(picture.Png)}\" alt=\"{Escape(item.LabelText)}\">");
        Append(page, $"<figcaption>{Escape(picture.Rank)}: {Escape(item.LabelText)} ({Escape(item.CategoryName)}, {Escape(item.ImageId)}), mIoU {100 * picture.Score.MIoU:0.0} %, CNR {picture.Score.Cnr:0.00}</figcaption></figure>\n");
    }

    private static string Cell(ConfidenceInterval? value, double scale) => value is { } interval
        ? string.Create(CultureInfo.InvariantCulture, $"<td>{interval.Mean * scale:0.00} <span class=\"ci\">[{interval.Low * scale:0.00}, {interval.High * scale:0.00}]</span></td>")
        : "<td></td>";

    /// <summary>1, 2 or 5 times a power of ten, so that about five steps fill the range.</summary>
    private static double TickStep(double range)
    {
        double rough = range / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double share = rough / power;
        return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
    }

    private static string Colour(int index) => Colours[index % Colours.Length];

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Append(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture));
}
