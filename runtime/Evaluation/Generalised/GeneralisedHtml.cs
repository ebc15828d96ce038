using System.Net;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Report;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary><c>generalised.html</c>: the results as one page that needs nothing else, with the sweep as a chart; no scripts.</summary>
public static class GeneralisedHtml
{
    private const int Side = 300;
    private const int Margin = 46;

    /// <summary>Writes the page.</summary>
    public static string Write(GeneralisedReport report)
    {
        StringBuilder page = new();
        string title = $"Generalised phrase grounding on {report.Dataset.Name}";
        page.AppendInvariant(
            $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                + $"content=\"width=device-width\">\n<title>{Escape(title)}</title>\n"
                + $"<style>\n{EvaluationHtml.Style}\n{EvaluationCharts.Style(report.Systems.Count)}</style>\n</head>\n<body>\n"
                + $"<h1>{Escape(title)}</h1>\n<p>{Escape(report.Summary())}</p>\n"
        );
        Append(
            page,
            new GeneralisedTable(
                "",
                ["system", "what it is"],
                [.. report.Systems.Select(system => (string[])[system.Name, system.Description])]
            ),
            "words"
        );
        foreach (GeneralisedTable table in GeneralisedTable.Of(report))
        {
            Append(page, table, "");
        }

        AppendSweep(page, report);
        page.Append("<h2>Notes</h2>\n<ul>\n");
        foreach (string note in report.Notes())
        {
            page.AppendInvariant($"<li>{Escape(note)}</li>\n");
        }

        page.Append("</ul>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void Append(StringBuilder page, GeneralisedTable table, string style)
    {
        page.AppendInvariant($"<div class=\"scroll\"><table class=\"{style}\">\n<caption>{Escape(table.Title)}</caption>\n<tr>");
        page.AppendInvariant($"{string.Concat(table.Columns.Select(column => $"<th>{Escape(column)}</th>"))}</tr>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            page.AppendInvariant($"<tr>{string.Concat(row.Select(cell => $"<td>{Escape(cell)}</td>"))}</tr>\n");
        }

        page.Append("</table></div>\n");
    }

    /// <summary>Supported phrases kept (across) against the others without a region (up), in percent.</summary>
    private static void AppendSweep(StringBuilder page, GeneralisedReport report)
    {
        string title = $"Supported phrases that keep a region (%, across) and {report.Systems[0].SweepOver} ones without (%, up)";
        page.Append("<p class=\"key\">");
        foreach ((int index, RegionScores system) in report.Systems.Index())
        {
            page.AppendInvariant($"<span class=\"s{index}\"></span>{Escape(system.Name)}");
        }

        int width = Margin + Side + 16;
        page.AppendInvariant(
            $"</p>\n<figure class=\"chart\"><figcaption>{Escape(title)}</figcaption><svg width=\"{width}\" height=\"{Side + 40}\" "
                + $"viewBox=\"0 0 {width} {Side + 40}\" role=\"img\" aria-label=\"{Escape(title)}\">\n"
        );
        for (int tick = 0; tick <= 100; tick += 20)
        {
            page.AppendInvariant(
                $"<line class=\"grid\" x1=\"{Margin}\" x2=\"{Margin + Side}\" y1=\"{Y(tick / 100.0):0.#}\" y2=\"{Y(tick / 100.0):0.#}\"/>"
                    + $"<text x=\"{Margin - 6}\" y=\"{Y(tick / 100.0) + 4:0.#}\" text-anchor=\"end\">{tick}</text>"
                    + $"<text x=\"{X(tick / 100.0):0.#}\" y=\"{Side + 28}\" text-anchor=\"middle\">{tick}</text>\n"
            );
        }

        foreach ((int index, RegionScores system) in report.Systems.Index())
        {
            string path = string.Concat(
                system.Sweep.Select(
                    (point, i) => FormattableString.Invariant($"{(i == 0 ? 'M' : 'L')}{X(point.Kept):0.#} {Y(point.NoRegion):0.#}")
                )
            );
            page.AppendInvariant($"<path class=\"s{index} curve\" d=\"{path}\"><title>{Escape(system.Name)}</title></path>\n");
            foreach (SweepPoint point in system.Sweep)
            {
                page.AppendInvariant(
                    $"<circle class=\"s{index}\" cx=\"{X(point.Kept):0.#}\" cy=\"{Y(point.NoRegion):0.#}\" r=\"3\"><title>"
                        + $"{Escape(system.Name)}: {100 * point.Kept:0.0} % kept, {100 * point.NoRegion:0.0} % without, threshold "
                        + $"{point.Threshold:0.000}</title></circle>\n"
                );
            }
        }

        page.Append("</svg></figure>\n");
    }

    private static double X(double share) => Margin + (Side * share);

    private static double Y(double share) => 12 + (Side * (1 - share));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
