using System.Globalization;
using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>The tables of a report, as text cells: the layout that Markdown, HTML and terminal share.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">Names; the first is that of the rows.</param>
/// <param name="Rows">Cells; the first is the system's name.</param>
public sealed record GeneralisedTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>All tables of a report.</summary>
    public static IReadOnlyList<GeneralisedTable> Of(GeneralisedReport report) => [Main(report), Kinds(report), Sweep(report)];

    /// <summary>Average precision and shares, a row per system.</summary>
    public static GeneralisedTable Main(GeneralisedReport report) =>
        new(
            "Scored regions",
            [
                "system",
                .. RegionEvaluator.Overlaps.Select(overlap => string.Create(CultureInfo.InvariantCulture, $"AP at IoU {overlap:0.0}, %")),
                "supported phrases with a region, %",
                "unsupported without, %",
                "unsupported without, 90 % of the supported kept, %",
            ],
            [
                .. report.Systems.Select(system =>
                    (IReadOnlyList<string>)
                        [
                            system.Name,
                            .. system.AveragePrecision.Select(Cell),
                            Cell(system.Kept),
                            Cell(system.NoRegion),
                            system.SweepOver == "unsupported" ? Cell(system.NoRegionAtMainShare) : "",
                        ]
                ),
            ]
        );

    private static GeneralisedTable Kinds(GeneralisedReport report)
    {
        PhraseKind[] kinds = [.. Enum.GetValues<PhraseKind>().Where(kind => kind != PhraseKind.Supported && report.Count(kind) > 0)];
        return new GeneralisedTable(
            "Phrases without a region by what is wrong with them, %",
            [
                "system",
                .. kinds.Select(kind =>
                    string.Create(CultureInfo.InvariantCulture, $"{GeneralisedJson.NameOf(kind).Replace('_', ' ')} ({report.Count(kind)})")
                ),
            ],
            [.. report.Systems.Select(system => (IReadOnlyList<string>)[system.Name, .. kinds.Select(kind => Cell(system.Kinds[kind]))])]
        );
    }

    private static GeneralisedTable Sweep(GeneralisedReport report) =>
        new(
            $"Sweep over the score: share of the {report.Systems[0].SweepOver} phrases without a region, % (threshold)",
            ["system", .. RegionEvaluator.KeptShares.Select(share => $"{Percent(share, "0")} % kept")],
            [
                .. report.Systems.Select(system =>
                    (IReadOnlyList<string>)
                        [
                            system.Name,
                            .. RegionEvaluator.KeptShares.Select(share =>
                                system.Sweep.FirstOrDefault(point => point.Wanted == share) is { } point
                                    ? string.Create(CultureInfo.InvariantCulture, $"{100 * point.NoRegion:0.0} ({point.Threshold:0.000})")
                                    : ""
                            ),
                        ]
                ),
            ]
        );

    private static string Cell(ConfidenceInterval? value) =>
        value is { } interval ? $"{Percent(interval.Mean, "0.0")} [{Percent(interval.Low, "0.0")}, {Percent(interval.High, "0.0")}]" : "";

    private static string Percent(double value, string format) => (100 * value).ToString(format, CultureInfo.InvariantCulture);
}
