using System.Net;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary>
/// Charts of a report as SVG; colours come from the page's style (classes <c>s0</c>, <c>s1</c>, ... of <see cref="Style"/>).
/// </summary>
internal static class EvaluationCharts
{
    private const int Height = 200;
    private const int AxisWidth = 46;
    private const int Slot = 17;
    private const int GroupGap = 22;
    private const int TopMargin = 12;
    private const int CurveWidth = 440;

    // Okabe and Ito's colours, which colour-blind readers tell apart; black and gray last, since they depend on the background.
    private static readonly string[] Colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b3a800", "#8a8a8a"];

    /// <summary>Style sheet of the series.</summary>
    public static string Style(int systems) =>
        string.Concat(
            Enumerable
                .Range(0, systems)
                .Select(i => $".s{i} {{ fill: {Colour(i)}; stroke: {Colour(i)}; }} span.s{i} {{ background: {Colour(i)}; }}\n")
        );

    /// <summary>A metric per class and system: the mean as a dot, its interval as a line.</summary>
    public static void AppendDots(
        StringBuilder page,
        EvaluationReport report,
        string title,
        Func<ScoreSummary, ConfidenceInterval?> metric,
        double scale
    )
    {
        string[] groups = [.. report.Classes, "average"];
        bool HasInterval(SystemScores system, int group) =>
            ScoreTable.HasInterval([.. report.Classes.Select(category => system.Classes[category].Count), system.Average.Count], group);
        List<(int Group, int System, ConfidenceInterval Value)> dots = [];
        foreach ((int s, SystemScores system) in report.Systems.Index())
        {
            foreach ((int g, string group) in groups.Index())
            {
                if (metric(g == groups.Length - 1 ? system.Average : system.Classes[group]) is { } value)
                {
                    dots.Add((g, s, new ConfidenceInterval(value.Mean * scale, value.Low * scale, value.High * scale)));
                }
            }
        }

        if (dots.Count == 0)
        {
            return;
        }

        Axis axis = Axis.Around(Math.Min(0, dots.Min(dot => dot.Value.Low)), Math.Max(1e-3, dots.Max(dot => dot.Value.High)));

        // Class names are written on two lines at most, which need room too.
        int groupWidth = Math.Max(
            (report.Systems.Count * Slot) + GroupGap,
            6 * groups.Max(name => name.Split(' ').Max(word => word.Length))
        );
        int width = AxisWidth + (groups.Length * groupWidth);
        Begin(page, title, width, Height + TopMargin + 40);
        axis.Append(page, width);
        foreach ((int group, int system, ConfidenceInterval value) in dots)
        {
            double x = AxisWidth + (group * groupWidth) + ((groupWidth - (report.Systems.Count * Slot)) / 2.0) + ((system + 0.5) * Slot);
            string interval = HasInterval(report.Systems[system], group)
                ? FormattableString.Invariant($"[{value.Low:0.###}, {value.High:0.###}]")
                : ScoreTable.NoInterval;
            page.AppendInvariant(
                $"<g class=\"s{system}\"><title>{Escape(report.Systems[system].Name)}, {Escape(groups[group])}: {value.Mean:0.###} "
                    + $"{interval}</title>"
            );
            page.AppendInvariant(
                $"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{axis.Y(value.Low):0.#}\" y2=\"{axis.Y(value.High):0.#}\" "
                    + $"stroke-width=\"2.5\"/><circle cx=\"{x:0.#}\" cy=\"{axis.Y(value.Mean):0.#}\" r=\"4.2\"/></g>\n"
            );
        }

        for (int g = 0; g < groups.Length; g++)
        {
            double x = AxisWidth + ((g + 0.5) * groupWidth);
            foreach ((int line, string word) in groups[g].Split(' ', 2).Index())
            {
                page.AppendInvariant(
                    $"<text x=\"{x:0.#}\" y=\"{Height + TopMargin + 18 + (line * 14)}\" text-anchor=\"middle\">{Escape(word)}</text>\n"
                );
            }
        }

        page.Append("</svg></figure>\n");
    }

    /// <summary>For each system the share of phrases whose mIoU exceeds a value: where curves cross, the means alone mislead.</summary>
    public static void AppendShares(StringBuilder page, EvaluationReport report)
    {
        double largest = report.Systems.Max(system => system.Cases.Max(score => score.MIoU));
        double end = Math.Max(0.1, Math.Ceiling(largest * 10) / 10);
        Axis axis = Axis.Around(0, 100);
        int width = AxisWidth + CurveWidth + 16;
        Begin(page, "Share of phrases (%) whose mIoU is above the value below (%)", width, Height + TopMargin + 30);
        axis.Append(page, width - 16);
        for (double tick = 0; tick <= end + 0.01; tick += end > 0.5 ? 0.2 : 0.1)
        {
            page.AppendInvariant(
                $"<text x=\"{AxisWidth + (CurveWidth * tick / end):0.#}\" y=\"{Height + TopMargin + 18}\" "
                    + $"text-anchor=\"middle\">{100 * tick:0}</text>\n"
            );
        }

        foreach ((int s, SystemScores system) in report.Systems.Index())
        {
            double[] sorted = [.. system.Cases.Select(score => score.MIoU).Order()];
            StringBuilder path = new();
            path.AppendInvariant($"M{AxisWidth} {axis.Y(100):0.#}");
            for (int i = 0; i < sorted.Length; i++)
            {
                path.AppendInvariant(
                    $"H{AxisWidth + (CurveWidth * sorted[i] / end):0.#}V{axis.Y(100.0 * (sorted.Length - 1 - i) / sorted.Length):0.#}"
                );
            }

            page.AppendInvariant($"<path class=\"s{s} curve\" d=\"{path}\"><title>{Escape(system.Name)}</title></path>\n");
        }

        page.Append("</svg></figure>\n");
    }

    private static void Begin(StringBuilder page, string title, int width, int height) =>
        page.AppendInvariant(
            $"<figure class=\"chart\"><figcaption>{Escape(title)}</figcaption><svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 "
                + $"{width} {height}\" role=\"img\" aria-label=\"{Escape(title)}\">\n"
        );

    private static string Colour(int index) => Colours[index % Colours.Length];

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A vertical axis from a multiple of a round step to another.</summary>
    private sealed record Axis(double Low, double High, double Step)
    {
        public static Axis Around(double low, double high)
        {
            // 1, 2 or 5 times a power of ten, so that about five steps fill the range.
            double rough = (high - low) / 5;
            double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            double share = rough / power;
            double step =
                power
                * (
                    share <= 1 ? 1
                    : share <= 2 ? 2
                    : share <= 5 ? 5
                    : 10
                );
            return new Axis(Math.Floor(low / step) * step, Math.Ceiling((high / step) - 1e-9) * step, step);
        }

        public double Y(double value) => TopMargin + (Height * (High - value) / (High - Low));

        public void Append(StringBuilder page, int right)
        {
            for (double tick = Low; tick <= High + (Step / 2); tick += Step)
            {
                string kind = Math.Abs(tick) < Step / 2 ? "zero" : "grid";
                page.AppendInvariant(
                    $"<line class=\"{kind}\" x1=\"{AxisWidth}\" x2=\"{right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\"/><text "
                        + $"x=\"{AxisWidth - 6}\" y=\"{Y(tick) + 4:0.#}\" "
                        + $"text-anchor=\"end\">{(Math.Abs(tick) < Step / 2 ? 0 : tick):0.##}</text>\n"
                );
            }
        }
    }
}
