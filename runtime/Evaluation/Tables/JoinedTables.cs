using System.Globalization;
using System.Net;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Report;

namespace CxrOnnx.Evaluation.Tables;

/// <summary>
/// Several evaluations as one report: a numbered table per data set, systems down, classes across, CNR and mIoU with their intervals, as
/// tables 1 and 2 of Vilouras et al. (arXiv:2506.10633) have them. Quoted figures stand in tables of their own.
/// </summary>
/// <param name="documents">The evaluations, in the order of the tables.</param>
public sealed class JoinedTables(IReadOnlyList<EvaluationDocument> documents)
{
    private const string Title = "Phrase grounding, data set by data set";

    private const string Legend =
        "CNR (signed) above, mIoU in % below; means with 95 % bootstrap intervals; the average is the mean of the class means. A number "
        + "after \"of\" is how many phrases the system answered, where it is not all.";

    /// <summary>The report as Markdown.</summary>
    public string Markdown()
    {
        StringBuilder text = new();
        text.AppendInvariant($"# {Title}\n\n{Legend}\n");
        foreach ((int index, EvaluationDocument document) in documents.Index())
        {
            text.AppendInvariant($"\n## {Heading(document, index)}\n\n| system |{Heads(document, " {0} |")}\n| --- |");
            text.Append(string.Concat(Enumerable.Repeat(" --- |", document.Columns.Count))).Append('\n');
            foreach (TableSystem system in document.Systems)
            {
                string cells = string.Join(" | ", document.Columns.Select(column => Cell(document, system, column, "<br>")));
                text.AppendInvariant($"| {Escape(system.Name)} | {cells} |\n");
            }

            if (document.Quoted.Count > 0)
            {
                text.AppendInvariant($"\n**{EvaluationMarkdown.QuotedHeading}.** {EvaluationMarkdown.QuotedLegend}\n\n");
                text.Append("| system (quoted) | average CNR | average mIoU, % | source |\n| --- | --- | --- | --- |\n");
                foreach (QuotedScore score in document.Quoted)
                {
                    text.AppendInvariant(
                        $"| {Escape(score.System)} | {score.Cnr:0.00} | {100 * score.MIoU:0.0} | {Escape(score.Source)} |\n"
                    );
                }
            }

            text.Append("\nSystems:\n\n");
            foreach (TableSystem system in document.Systems)
            {
                text.AppendInvariant($"- {system.Name}: {system.Description}\n");
            }

            text.Append("\nNotes:\n\n");
            foreach (string note in document.Notes.DefaultIfEmpty("none"))
            {
                text.AppendInvariant($"- {note}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The report as one page that needs nothing else.</summary>
    public string Html()
    {
        StringBuilder page = new();
        page.AppendInvariant(
            $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + $"<meta name=\"viewport\" content=\"width=device-width\">\n"
                + $"<title>{Title}</title>\n<style>\n{EvaluationHtml.Style}\n</style>\n</head>\n"
                + $"<body>\n<h1>{Title}</h1>\n<p>{Html(Legend)}</p>\n"
        );
        foreach ((int index, EvaluationDocument document) in documents.Index())
        {
            page.AppendInvariant(
                $"<h2>{Html(Heading(document, index))}</h2>\n<div class=\"scroll\"><table>\n<tr><th>system</th>"
                    + $"{Heads(document, "<th>{0}</th>", Html)}</tr>\n"
            );
            foreach (TableSystem system in document.Systems)
            {
                string cells = string.Concat(document.Columns.Select(column => $"<td>{Cell(document, system, column, "<br>")}</td>"));
                page.AppendInvariant($"<tr><td title=\"{Html(system.Description)}\">{Html(system.Name)}</td>{cells}</tr>\n");
            }

            page.Append("</table></div>\n");
            EvaluationHtml.AppendQuoted(page, document.Quoted, level: 3);
            page.Append("<h3>Notes</h3>\n<ul>\n");
            foreach (string note in document.Notes)
            {
                page.AppendInvariant($"<li>{Html(note)}</li>\n");
            }

            page.Append("</ul>\n");
        }

        page.Append("</body>\n</html>\n");
        return page.ToString();
    }

    private static string Heading(EvaluationDocument document, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"Table {index + 1}: {document.Dataset}, {document.Cases} phrases");

    private static string Heads(EvaluationDocument document, string form, Func<string, string>? escape = null) =>
        string.Concat(
            document.Columns.Select(column =>
                string.Format(
                    CultureInfo.InvariantCulture,
                    form,
                    (escape ?? Escape)(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{column} ({document.Systems.Max(item => item.Columns[column].Count)})"
                        )
                    )
                )
            )
        );

    private static string Cell(EvaluationDocument document, TableSystem system, string column, string between)
    {
        TableScore score = system.Columns[column];
        int most = document.Systems.Max(item => item.Columns[column].Count);
        string answered = score.Count == most ? "" : string.Create(CultureInfo.InvariantCulture, $" of {score.Count}");
        string cnr = Number(score.Cnr, 1, "0.00", score.Count, "no CNR: boxes");
        return $"{cnr}{between}{Number(score.MIoU, 100, "0.0", score.Count, "")}{answered}";
    }

    private static string Number(ConfidenceInterval? value, double scale, string format, int count, string none)
    {
        if (value is not { } interval)
        {
            return none;
        }

        string Text(double number) => (scale * number).ToString(format, CultureInfo.InvariantCulture);

        // One phrase resampled is always itself.
        return count > 1 ? $"{Text(interval.Mean)} [{Text(interval.Low)}, {Text(interval.High)}]" : $"{Text(interval.Mean)} (n = 1)";
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
