using System.Text;
using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary><c>generalised.md</c>: the results for people, as text.</summary>
public static class GeneralisedMarkdown
{
    /// <summary>Writes the document.</summary>
    public static string Write(GeneralisedReport report)
    {
        StringBuilder text = new();
        text.AppendInvariant(
            $"# Generalised phrase grounding on {report.Dataset.Name}\n\n{report.Summary()}\n\n| system | what it is |\n| --- | --- |\n"
        );
        foreach (RegionScores system in report.Systems)
        {
            text.AppendInvariant($"| {Escape(system.Name)} | {Escape(system.Description)} |\n");
        }

        foreach (GeneralisedTable table in GeneralisedTable.Of(report))
        {
            text.AppendInvariant($"\n## {table.Title}\n\n| {string.Join(" | ", table.Columns.Select(Escape))} |\n");
            text.AppendInvariant($"|{string.Concat(Enumerable.Repeat(" --- |", table.Columns.Count))}\n");
            foreach (IReadOnlyList<string> row in table.Rows)
            {
                text.AppendInvariant($"| {string.Join(" | ", row.Select(Escape))} |\n");
            }
        }

        text.Append("\n## Notes\n\n");
        foreach (string note in report.Notes())
        {
            text.AppendInvariant($"- {note}\n");
        }

        return text.ToString();
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
