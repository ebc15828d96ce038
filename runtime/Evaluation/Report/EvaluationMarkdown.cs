using System.Globalization;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary><c>evaluation.md</c>: the results for people, as text.</summary>
public static class EvaluationMarkdown
{
    /// <summary>Writes the document.</summary>
    public static string Write(EvaluationReport report)
    {
        StringBuilder text = new();
        text.AppendInvariant(
            $"# Phrase grounding on {report.Dataset.Name}\n\n{report.Summary()}\n\n## Systems\n\n| | system | what it is |\n| --- | --- "
                + $"| --- |\n"
        );
        foreach ((int index, SystemScores system) in report.Systems.Index())
        {
            text.AppendInvariant($"| {ScoreTable.Letter(index)} | {Escape(system.Name)} | {Escape(system.Description)} |\n");
        }

        foreach (ScoreTable table in ScoreTable.Of(report))
        {
            text.AppendInvariant(
                $"\n## {table.Title}\n\n| | system | "
                    + $"{string.Join(" | ", table.Columns.Select(column => $"{Escape(column.Name)} ({column.Count})"))} "
                    + $"|\n|{string.Concat(Enumerable.Repeat(" --- |", table.Columns.Count + 2))}\n"
            );
            foreach (ScoreTableRow row in table.Rows)
            {
                text.AppendInvariant($"| {row.Letter} | {Escape(row.System)} | {string.Join(" | ", row.Cells.Select(Cell))} |\n");
            }
        }

        text.AppendInvariant($"\n{ScoreTable.Legend}\n");
        AppendComparisons(text, report);
        AppendQuoted(text, report.Quoted);
        text.Append("\n## Notes\n\n");
        foreach (string note in report.Notes())
        {
            text.AppendInvariant($"- {note}\n");
        }

        return text.ToString();
    }

    /// <summary>A comparison of one metric in words; empty where one of the systems lacks it.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="scale">Factor on the difference.</param>
    /// <param name="format">Format of the numbers.</param>
    internal static string Words(MetricComparison? comparison, double scale, string format)
    {
        if (comparison is null)
        {
            return "";
        }

        string Number(double value) => (value * scale).ToString($"+{format};-{format};{format}", CultureInfo.InvariantCulture);
        string ratio = comparison.Ratio is { } value ? string.Create(CultureInfo.InvariantCulture, $", x {value:0.00}") : "";
        string mark =
            comparison.IntervalsApart ? " **"
            : comparison.ExcludesZero ? " *"
            : "";
        return $"{Number(comparison.Difference.Mean)} [{Number(comparison.Difference.Low)}, "
            + $"{Number(comparison.Difference.High)}]{ratio}{mark}";
    }

    /// <summary>What published figures are, and are not.</summary>
    internal const string QuotedLegend =
        "Averages as they were published, on their authors' images and phrases. They were not computed here, have no interval, and nothing "
        + "above is compared with them.";

    /// <summary>Heading of the published figures.</summary>
    internal const string QuotedHeading = "Quoted, not computed here";

    /// <summary>Writes a table of published averages; nothing where there are none.</summary>
    internal static void AppendQuoted(StringBuilder text, IReadOnlyList<QuotedScore> quoted)
    {
        if (quoted.Count == 0)
        {
            return;
        }

        text.AppendInvariant(
            $"\n## {QuotedHeading}\n\n{QuotedLegend}\n\n| system (quoted) | CNR | mIoU, % | source |\n| --- | --- | --- | --- |\n"
        );
        foreach (QuotedScore score in quoted)
        {
            text.AppendInvariant($"| {Escape(score.System)} | {score.Cnr:0.00} | {100 * score.MIoU:0.0} | {Escape(score.Source)} |\n");
        }
    }

    /// <summary>What the marks of <see cref="Words"/> mean.</summary>
    internal const string ComparisonLegend =
        "First minus second, cases resampled as pairs, and first over second. ** the averages' own intervals do not overlap (the "
        + "paper's \"significant\"); * only the interval of the paired difference excludes 0.";

    private static void AppendComparisons(StringBuilder text, EvaluationReport report)
    {
        if (report.Comparisons.Count == 0)
        {
            return;
        }

        text.Append(
            "\n## Differences of the averages\n\n| first | second | CNR | mIoU, points | AUROC |\n| --- | --- | --- | --- | --- |\n"
        );
        foreach (SystemComparison pair in report.Comparisons)
        {
            string[] cells = [Words(pair.Cnr, 1, "0.00"), Words(pair.MIoU, 100, "0.0"), Words(pair.Auroc, 1, "0.000")];
            text.AppendInvariant(
                $"| {Escape(pair.First)} | {Escape(pair.Second)} | "
                    + $"{string.Join(" | ", cells.Select(cell => cell.Replace("*", "\\*", StringComparison.Ordinal)))} |\n"
            );
        }

        text.AppendInvariant($"\n{ComparisonLegend.Replace("*", "\\*", StringComparison.Ordinal)}\n");
    }

    private static string Cell(ScoreTableCell? cell)
    {
        if (cell is null)
        {
            return "";
        }

        string mean = cell.IsBest ? $"**{cell.Mean}**" : cell.Mean;
        return cell.Marks.Length > 0 ? $"{mean} <sup>{cell.Marks}</sup> {cell.Interval}" : $"{mean} {cell.Interval}";
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
