using System.Globalization;
using System.Net;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary>
/// <c>evaluation.html</c>: the results as one page that needs nothing else: charts as SVG, pictures inside the file, no scripts, light and
/// dark.
/// </summary>
public static class EvaluationHtml
{
    /// <summary>The style sheet that all pages of results share.</summary>
    internal static readonly string Style = ReadStyle();

    /// <summary>Writes the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="sections">Pictures; may be empty.</param>
    public static string Write(EvaluationReport report, IReadOnlyList<PictureSection> sections)
    {
        StringBuilder page = new();
        string title = $"Phrase grounding on {report.Dataset.Name}";
        page.AppendInvariant(
            $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                + $"content=\"width=device-width\">\n<title>{Escape(title)}</title>\n"
                + $"<style>\n{Style}\n{EvaluationCharts.Style(report.Systems.Count)}</style>\n</head>\n<body>\n"
        );
        page.AppendInvariant($"<h1>{Escape(title)}</h1>\n<p>{Escape(report.Summary())}</p>\n");
        AppendSystems(page, report);
        page.Append("<h2>Scores</h2>\n");
        foreach (ScoreTable table in ScoreTable.Of(report))
        {
            AppendTable(page, table);
        }

        page.AppendInvariant($"<p class=\"soft\">{Escape(ScoreTable.Legend)}</p>\n<h2>Charts</h2>\n");
        AppendKey(page, report);
        page.Append("<div class=\"charts\">\n");
        EvaluationCharts.AppendDots(page, report, "Contrast-to-noise ratio", summary => summary.Cnr, 1);
        EvaluationCharts.AppendDots(page, report, "Mean intersection over union, %", summary => summary.MIoU, 100);
        EvaluationCharts.AppendDots(page, report, "Area under the ROC curve", summary => summary.Auroc, 1);
        EvaluationCharts.AppendShares(page, report);
        page.Append("</div>\n<p class=\"soft\">Dots are means, lines their 95 % intervals.</p>\n");
        AppendComparisons(page, report);
        AppendQuoted(page, report.Quoted);
        foreach (PictureSection section in sections)
        {
            AppendSection(page, section);
        }

        page.Append("<h2>Notes</h2>\n<ul>\n");
        foreach (string note in report.Notes())
        {
            page.AppendInvariant($"<li>{Escape(note)}</li>\n");
        }

        page.Append("</ul>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void AppendSystems(StringBuilder page, EvaluationReport report)
    {
        page.Append("<div class=\"scroll\"><table class=\"words\">\n<tr><th></th><th>system</th><th>what it is</th></tr>\n");
        foreach ((int index, SystemScores system) in report.Systems.Index())
        {
            page.AppendInvariant(
                $"<tr><td>{ScoreTable.Letter(index)}</td><td>{Escape(system.Name)}</td><td>{Escape(system.Description)}</td></tr>\n"
            );
        }

        page.Append("</table></div>\n");
    }

    private static void AppendTable(StringBuilder page, ScoreTable table)
    {
        page.AppendInvariant(
            $"<div class=\"scroll\"><table>\n<caption>{Escape(table.Title)}</caption>\n"
                + $"<tr><th>system</th>{string.Concat(table.Columns.Select(Head))}</tr>\n"
        );
        foreach (ScoreTableRow row in table.Rows)
        {
            page.AppendInvariant(
                $"<tr><td><sup>{row.Letter}</sup> {Escape(row.System)}</td>{string.Concat(row.Cells.Select(Cell))}</tr>\n"
            );
        }

        page.Append("</table></div>\n");
    }

    private static string Head(ScoreTableColumn column) =>
        $"<th>{Escape(column.Name)}<span class=\"n\">n = {column.Count.ToString(CultureInfo.InvariantCulture)}</span></th>";

    private static string Cell(ScoreTableCell? cell)
    {
        if (cell is null)
        {
            return "<td></td>";
        }

        string mean = cell.IsBest ? $"<b>{cell.Mean}</b>" : cell.Mean;
        return $"<td>{mean}<span class=\"ci\">{cell.Interval}</span><span class=\"marks\">{cell.Marks}</span></td>";
    }

    private static void AppendKey(StringBuilder page, EvaluationReport report)
    {
        page.Append("<p class=\"key\">");
        foreach ((int index, SystemScores system) in report.Systems.Index())
        {
            page.AppendInvariant($"<span class=\"s{index}\"></span>{Escape(system.Name)}");
        }

        page.Append("</p>\n");
    }

    private static void AppendComparisons(StringBuilder page, EvaluationReport report)
    {
        if (report.Comparisons.Count == 0)
        {
            return;
        }

        page.Append(
            "<h2>Differences of the averages</h2>\n<div class=\"scroll\"><table "
                + "class=\"words\">\n<tr><th>first</th><th>second</th><th>CNR</th><th>mIoU, points</th><th>AUROC</th></tr>\n"
        );
        foreach (SystemComparison pair in report.Comparisons)
        {
            page.AppendInvariant(
                $"<tr><td>{Escape(pair.First)}</td><td>{Escape(pair.Second)}</td>"
                    + $"<td>{EvaluationMarkdown.Words(pair.Cnr, 1, "0.00")}</td>"
                    + $"<td>{EvaluationMarkdown.Words(pair.MIoU, 100, "0.0")}</td>"
                    + $"<td>{EvaluationMarkdown.Words(pair.Auroc, 1, "0.000")}</td></tr>\n"
            );
        }

        page.AppendInvariant($"</table></div>\n<p class=\"soft\">{Escape(EvaluationMarkdown.ComparisonLegend)}</p>\n");
    }

    /// <summary>Writes a table of published averages; nothing where there are none.</summary>
    internal static void AppendQuoted(StringBuilder page, IReadOnlyList<QuotedScore> quoted, int level = 2)
    {
        if (quoted.Count == 0)
        {
            return;
        }

        page.AppendInvariant(
            $"<h{level}>{EvaluationMarkdown.QuotedHeading}</h{level}>\n<p>{Escape(EvaluationMarkdown.QuotedLegend)}</p>\n"
                + $"<div class=\"scroll\"><table "
                + $"class=\"words\">\n<tr><th>system (quoted)</th><th>CNR</th><th>mIoU, %</th><th>source</th></tr>\n"
        );
        foreach (QuotedScore score in quoted)
        {
            page.AppendInvariant(
                $"<tr><td>{Escape(score.System)}</td><td>{score.Cnr:0.00}</td><td>{100 * score.MIoU:0.0}</td>"
                    + $"<td>{Escape(score.Source)}</td></tr>\n"
            );
        }

        page.Append("</table></div>\n");
    }

    private static void AppendSection(StringBuilder page, PictureSection section)
    {
        page.AppendInvariant($"<h2>{Escape(section.Heading)}</h2>\n<p>{Escape(section.Explanation)}</p>\n");
        foreach (PictureRow row in section.Rows)
        {
            page.AppendInvariant($"<h3>{Escape(row.Title)}</h3>\n<p class=\"soft\">{Escape(row.Remark)}</p>\n<div class=\"row\">\n");
            foreach (EvaluationPicture picture in row.Pictures)
            {
                AppendPicture(page, picture);
            }

            page.Append("</div>\n");
        }
    }

    private static void AppendPicture(StringBuilder page, EvaluationPicture picture)
    {
        page.AppendInvariant(
            $"<figure><div class=\"picture\"><img loading=\"lazy\" alt=\"{Escape(picture.Caption)}\" "
                + $"src=\"data:image/jpeg;base64,{Convert.ToBase64String(picture.Jpeg)}\">"
        );
        page.AppendInvariant($"<svg viewBox=\"0 0 {picture.ImageSize.Width} {picture.ImageSize.Height}\" preserveAspectRatio=\"none\">");
        foreach (
            (string kind, IReadOnlyList<PixelBox> boxes) in (ReadOnlySpan<(string, IReadOnlyList<PixelBox>)>)
                [("annotated", picture.Annotated), ("predicted", picture.Predicted)]
        )
        {
            foreach (PixelBox box in boxes)
            {
                page.AppendInvariant(
                    $"<rect class=\"{kind}\" x=\"{box.X:0.#}\" y=\"{box.Y:0.#}\" width=\"{box.Width:0.#}\" height=\"{box.Height:0.#}\"/>"
                );
            }
        }

        page.AppendInvariant($"</svg></div><figcaption>{Escape(picture.Caption)}" + $"{Details(picture)}</figcaption></figure>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string ReadStyle()
    {
        using Stream stream = typeof(EvaluationHtml).Assembly.GetManifestResourceStream("evaluation.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().TrimEnd('\n');
    }

    private static string Details(EvaluationPicture picture) =>
        picture.Details.Length > 0 ? $"<br><span class=\"soft\">{Escape(picture.Details)}</span>" : "";
}
