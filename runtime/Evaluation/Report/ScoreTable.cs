using System.Globalization;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary>One metric of all systems, class by class, as the papers' tables have it: the layout that Markdown and HTML share.</summary>
public sealed class ScoreTable
{
    private const string AverageColumn = "average";

    // The bootstrap of a handful of phrases gives intervals of a width that means nothing.
    private const int FewestForMarks = 5;

    private ScoreTable(string title, IReadOnlyList<ScoreTableColumn> columns, IReadOnlyList<ScoreTableRow> rows)
    {
        Title = title;
        Columns = columns;
        Rows = rows;
    }

    /// <summary>What the marks in the cells mean.</summary>
    public static string Legend =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Small letters: significantly higher than that system (the 95 % intervals do not overlap); none for columns of fewer than "
                + $"{FewestForMarks} phrases. Bold: the highest mean of the column, bounds aside."
        );

    /// <summary>Name of the metric and its unit.</summary>
    public string Title { get; }

    /// <summary>The classes and the average.</summary>
    public IReadOnlyList<ScoreTableColumn> Columns { get; }

    /// <summary>A row per system.</summary>
    public IReadOnlyList<ScoreTableRow> Rows { get; }

    /// <summary>
    /// The tables of a report: contrast-to-noise ratio, mean intersection over union, area under the curve; without those that no system
    /// has.
    /// </summary>
    public static IReadOnlyList<ScoreTable> Of(EvaluationReport report) =>
        [
            .. new[]
            {
                Of(report, "Contrast-to-noise ratio (CNR, signed)", summary => summary.Cnr, 1, "0.00"),
                Of(report, "Mean intersection over union (mIoU, %, thresholds 0.1 to 0.5)", summary => summary.MIoU, 100, "0.0"),
                Of(report, "Area under the ROC curve of pixels (AUROC, five thresholds)", summary => summary.Auroc, 1, "0.000"),
            }.Where(table => table.Rows.Any(row => row.Cells.Any(cell => cell is not null))),
        ];

    /// <summary>The letter that stands for a system in the marks: a, b, ... z, aa, ab, ...</summary>
    public static string Letter(int system) =>
        system < 26 ? ((char)('a' + system)).ToString() : Letter((system / 26) - 1) + Letter(system % 26);

    /// <summary>What stands for the interval of a single case.</summary>
    internal const string NoInterval = "(n = 1: no interval)";

    /// <summary>One case resampled is always itself: its "interval" would be a point. An average needs a class with more.</summary>
    /// <param name="counts">Cases of each class, then all.</param>
    /// <param name="column">A class, or the average.</param>
    internal static bool HasInterval(IReadOnlyList<int> counts, int column) =>
        column < counts.Count - 1 ? counts[column] > 1 : counts.Take(counts.Count - 1).Any(count => count > 1);

    private static ScoreTable Of(
        EvaluationReport report,
        string title,
        Func<ScoreSummary, ConfidenceInterval?> metric,
        double scale,
        string format
    )
    {
        IReadOnlyList<string> classes = report.Classes;
        int[] counts =
        [
            .. classes.Select(category => report.Dataset.Cases.Count(item => item.CategoryName == category)),
            report.Dataset.Cases.Count,
        ];
        ConfidenceInterval?[][] values =
        [
            .. report.Systems.Select(system =>
                (ConfidenceInterval?[])[.. classes.Select(category => metric(system.Classes[category])), metric(system.Average)]
            ),
        ];
        int[][] answered =
        [
            .. report.Systems.Select(system =>
                (int[])[.. classes.Select(category => system.Classes[category].Count), system.Average.Count]
            ),
        ];
        string Number(double value) => (value * scale).ToString(format, CultureInfo.InvariantCulture);
        ScoreTableCell? Cell(int system, int column)
        {
            if (values[system][column] is not { } value)
            {
                return null;
            }

            string marks = string.Join(
                values.Length > 26 ? " " : "",
                Enumerable
                    .Range(0, values.Length)
                    .Where(other =>
                        Math.Min(answered[system][column], answered[other][column]) >= FewestForMarks
                        && values[other][column] is { } theirs
                        && value.Low > theirs.High
                    )
                    .Select(Letter)
            );
            double best = Enumerable
                .Range(0, values.Length)
                .Where(other => !report.Systems[other].IsBound && values[other][column] is not null)
                .Select(other => values[other][column]!.Value.Mean)
                .DefaultIfEmpty(double.PositiveInfinity)
                .Max();
            bool isBest = report.Systems.Count > 1 && !report.Systems[system].IsBound && value.Mean == best;
            string interval = HasInterval(answered[system], column) ? $"[{Number(value.Low)}, {Number(value.High)}]" : NoInterval;
            if (answered[system][column] != counts[column])
            {
                interval += string.Create(CultureInfo.InvariantCulture, $" of {answered[system][column]}");
            }

            return new ScoreTableCell(Number(value.Mean), interval, marks, isBest);
        }

        return new ScoreTable(
            title,
            [.. classes.Append(AverageColumn).Select((name, column) => new ScoreTableColumn(name, counts[column]))],
            [
                .. report.Systems.Select(
                    (system, s) =>
                        new ScoreTableRow(
                            Letter(s),
                            system.Name,
                            [.. Enumerable.Range(0, classes.Count + 1).Select(column => Cell(s, column))]
                        )
                ),
            ]
        );
    }
}
