using System.Globalization;
using System.Net;
using System.Text;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Evaluation;

/// <summary><c>evaluation.html</c>: the results as one page that needs nothing else: charts as SVG, pictures inside the file, no scripts, light and dark.</summary>
public static class EvaluationHtml
{
    private const string Style = """
        :root { color-scheme: light dark; --text: #1b1b1b; --soft: #5c5c5c; --line: #d9d9d9; --back: #fff; --panel: #f6f7f9; }
        @media (prefers-color-scheme: dark) { :root { --text: #e8e8e8; --soft: #a3a3a3; --line: #3c3f44; --back: #16181b; --panel: #1f2226; } }
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1.2rem; color: var(--text); background: var(--back); }
        h1 { font-size: 1.6rem; margin-bottom: 0.2rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 0.4rem; border-bottom: 1px solid var(--line); }
        h3 { font-size: 1rem; margin: 1.4rem 0 0.2rem; } p { margin: 0.3rem 0 0.8rem; max-width: 70rem; } .soft { color: var(--soft); font-size: 0.88em; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 0.4rem 0 1rem; font-variant-numeric: tabular-nums; font-size: 0.92em; }
        caption { text-align: left; font-weight: 600; padding: 0.3rem 0; } th, td { text-align: right; padding: 0.25rem 0.45rem; border-bottom: 1px solid var(--line); white-space: nowrap; } td { vertical-align: top; }
        th { font-weight: 600; vertical-align: bottom; } .words th, .words td, th:first-child, td:first-child { text-align: left; } .words td { white-space: normal; } th { white-space: normal; } th .n { display: block; color: var(--soft); font-weight: 400; }
        td:last-child:not(.words td) { background: var(--panel); } .ci { display: block; color: var(--soft); font-size: 0.84em; } sup, .marks { color: var(--soft); font-size: 0.78em; } .marks { display: block; min-height: 1.2em; letter-spacing: 0.08em; }
        .charts { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; } figure { margin: 0; } .chart { overflow-x: auto; max-width: 100%; } .chart figcaption { font-weight: 600; font-size: 0.92em; }
        svg text { font: 11px system-ui, sans-serif; fill: var(--soft); } .grid { stroke: var(--line); } .zero { stroke: var(--soft); } path.curve { fill: none; stroke-width: 2; }
        .key { position: sticky; top: 0; background: var(--back); padding: 0.3rem 0; z-index: 1; } .key span { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%; margin: 0 0.35em 0 0.9em; }
        .row { display: flex; flex-wrap: wrap; gap: 0.7rem; margin: 0.4rem 0 1rem; } .row figure { width: 13.2rem; } .row figcaption { font-size: 0.84em; overflow-wrap: anywhere; line-height: 1.35; }
        .picture { position: relative; background: #000; } .picture img { display: block; width: 100%; } .picture svg { position: absolute; inset: 0; width: 100%; height: 100%; }
        .picture rect { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; } .annotated { stroke: #5fe3ff; } .predicted { stroke: #ffb000; stroke-dasharray: 5 3; }
        @media print { .key { position: static; } .row, table, .chart { break-inside: avoid; } }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="sections">Pictures; may be empty.</param>
    public static string Write(EvaluationReport report, IReadOnlyList<PictureSection> sections)
    {
        StringBuilder page = new();
        string title = $"Phrase grounding on {report.Dataset.Name}";
        Append(page, $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{Escape(title)}</title>\n<style>\n{Style}\n{EvaluationCharts.Style(report.Systems.Count)}</style>\n</head>\n<body>\n");
        Append(page, $"<h1>{Escape(title)}</h1>\n<p>{Escape(report.Summary())}</p>\n");
        AppendSystems(page, report);
        page.Append("<h2>Scores</h2>\n");
        foreach (ScoreTable table in ScoreTable.Of(report))
        {
            AppendTable(page, table);
        }

        Append(page, $"<p class=\"soft\">{Escape(ScoreTable.Legend)}</p>\n<h2>Charts</h2>\n");
        AppendKey(page, report);
        page.Append("<div class=\"charts\">\n");
        EvaluationCharts.AppendDots(page, report, "Contrast-to-noise ratio", summary => summary.Cnr, 1);
        EvaluationCharts.AppendDots(page, report, "Mean intersection over union, %", summary => summary.MIoU, 100);
        EvaluationCharts.AppendDots(page, report, "Area under the ROC curve", summary => summary.Auroc, 1);
        EvaluationCharts.AppendShares(page, report);
        page.Append("</div>\n<p class=\"soft\">Dots are means, lines their 95 % intervals.</p>\n");
        AppendComparisons(page, report);
        foreach (PictureSection section in sections)
        {
            AppendSection(page, section);
        }

        page.Append("<h2>Notes</h2>\n<ul>\n");
        foreach (string note in report.Notes())
        {
            Append(page, $"<li>{Escape(note)}</li>\n");
        }

        page.Append("</ul>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void AppendSystems(StringBuilder page, EvaluationReport report)
    {
        page.Append("<div class=\"scroll\"><table class=\"words\">\n<tr><th></th><th>system</th><th>what it is</th></tr>\n");
        foreach ((int index, SystemScores system) in report.Systems.Index())
        {
            Append(page, $"<tr><td>{ScoreTable.Letter(index)}</td><td>{Escape(system.Name)}</td><td>{Escape(system.Description)}</td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void AppendTable(StringBuilder page, ScoreTable table)
    {
        Append(page, $"<div class=\"scroll\"><table>\n<caption>{Escape(table.Title)}</caption>\n<tr><th>system</th>{string.Concat(table.Columns.Select(Head))}</tr>\n");
        foreach (ScoreTableRow row in table.Rows)
        {
            Append(page, $"<tr><td><sup>{row.Letter}</sup> {Escape(row.System)}</td>{string.Concat(row.Cells.Select(Cell))}</tr>\n");
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
            Append(page, $"<span class=\"s{index}\"></span>{Escape(system.Name)}");
        }

        page.Append("</p>\n");
    }

    private static void AppendComparisons(StringBuilder page, EvaluationReport report)
    {
        if (report.Comparisons.Count == 0)
        {
            return;
        }

        page.Append("<h2>Differences of the averages</h2>\n<div class=\"scroll\"><table class=\"words\">\n<tr><th>first</th><th>second</th><th>CNR</th><th>mIoU, points</th><th>AUROC</th></tr>\n");
        foreach (SystemComparison pair in report.Comparisons)
        {
            Append(page, $"<tr><td>{Escape(pair.First)}</td><td>{Escape(pair.Second)}</td><td>{EvaluationMarkdown.Words(pair.Cnr, 1, "0.00")}</td><td>{EvaluationMarkdown.Words(pair.MIoU, 100, "0.0")}</td><td>{EvaluationMarkdown.Words(pair.Auroc, 1, "0.000")}</td></tr>\n");
        }

        Append(page, $"</table></div>\n<p class=\"soft\">{Escape(EvaluationMarkdown.ComparisonLegend)}</p>\n");
    }

    private static void AppendSection(StringBuilder page, PictureSection section)
    {
        Append(page, $"<h2>{Escape(section.Heading)}</h2>\n<p>{Escape(section.Explanation)}</p>\n");
        foreach (PictureRow row in section.Rows)
        {
            Append(page, $"<h3>{Escape(row.Title)}</h3>\n<p class=\"soft\">{Escape(row.Remark)}</p>\n<div class=\"row\">\n");
            foreach (EvaluationPicture picture in row.Pictures)
            {
                AppendPicture(page, picture);
            }

            page.Append("</div>\n");
        }
    }

    private static void AppendPicture(StringBuilder page, EvaluationPicture picture)
    {
        Append(page, $"<figure><div class=\"picture\"><img loading=\"lazy\" alt=\"{Escape(picture.Caption)}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(picture.Jpeg)}\">");
        Append(page, $"<svg viewBox=\"0 0 {picture.ImageSize.Width} {picture.ImageSize.Height}\" preserveAspectRatio=\"none\">");
        foreach ((string kind, IReadOnlyList<PixelBox> boxes) in (ReadOnlySpan<(string, IReadOnlyList<PixelBox>)>)[("annotated", picture.Annotated), ("predicted", picture.Predicted)])
        {
            foreach (PixelBox box in boxes)
            {
                Append(page, $"<rect class=\"{kind}\" x=\"{box.X:0.#}\" y=\"{box.Y:0.#}\" width=\"{box.Width:0.#}\" height=\"{box.Height:0.#}\"/>");
            }
        }

        Append(page, $"</svg></div><figcaption>{Escape(picture.Caption)}{(picture.Details.Length > 0 ? $"<br><span class=\"soft\">{Escape(picture.Details)}</span>" : "")}</figcaption></figure>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Append(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture));
}
