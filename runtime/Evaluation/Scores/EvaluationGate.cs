using System.Globalization;
using System.Text.RegularExpressions;
using CxrOnnx.Core;
using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Scores;

/// <summary>
/// A requirement on the averages, for CI: <c>tuned.cnr &gt; frozen.cnr</c> or <c>tuned.miou &gt;= 0.25</c>. System names may hold dots and
/// blanks; the metric (<c>cnr</c>, <c>miou</c> or <c>auroc</c>) follows the last dot. mIoU is a fraction, as in <c>evaluation.json</c>.
/// </summary>
public sealed partial class EvaluationGate
{
    private readonly string _text;
    private readonly Operand _left;
    private readonly Operand _right;
    private readonly string _relation;

    private EvaluationGate(string text, Operand left, string relation, Operand right)
    {
        _text = text;
        _left = left;
        _relation = relation;
        _right = right;
    }

    /// <summary>Reads a requirement.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static EvaluationGate Parse(string text)
    {
        Match match = Form().Match(text);
        return match.Success
            ? new EvaluationGate(
                text.Trim(),
                Operand.Parse(match.Groups[1].Value, text),
                match.Groups[2].Value,
                Operand.Parse(match.Groups[3].Value, text)
            )
            : throw Wrong(text);
    }

    /// <summary>Checks that every system it names will be there.</summary>
    /// <exception cref="InputException">One is not.</exception>
    public void Check(IReadOnlyCollection<string> systems)
    {
        foreach (string? name in (ReadOnlySpan<string?>)[_left.System, _right.System])
        {
            if (name is not null && !systems.Contains(name))
            {
                throw new InputException($"`require` \"{_text}\": there is no system '{name}'; there are {string.Join(", ", systems)}");
            }
        }
    }

    /// <summary>Why the requirement is not met; null if it is.</summary>
    public string? Failure(IReadOnlyList<SystemScores> systems)
    {
        (double? left, double? right) = (_left.Value(systems), _right.Value(systems));
        if (left is not { } one || right is not { } two)
        {
            return $"\"{_text}\": a system that answers with boxes has no such metric";
        }

        bool met = _relation switch
        {
            ">" => one > two,
            ">=" => one >= two,
            "<" => one < two,
            _ => one <= two,
        };
        return met
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"\"{_text}\" is not met: {one:0.####} {_relation} {two:0.####} is false");
    }

    private static InputException Wrong(string text) =>
        new(
            $"`require` \"{text}\": wanted SYSTEM.METRIC > NUMBER or SYSTEM.METRIC > SYSTEM.METRIC, with >, >=, < or <= and cnr, miou "
                + $"or auroc"
        );

    [GeneratedRegex("^\\s*(.+?)\\s*(>=|<=|>|<)\\s*(.+?)\\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    private sealed record Operand(string? System, string Metric, double Number)
    {
        public static Operand Parse(string text, string whole)
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            {
                return new Operand(null, "", number);
            }

            int dot = text.LastIndexOf('.');
            string metric = text[(dot + 1)..];
            return dot > 0 && metric is "cnr" or "miou" or "auroc" ? new Operand(text[..dot], metric, 0) : throw Wrong(whole);
        }

        public double? Value(IReadOnlyList<SystemScores> systems)
        {
            if (System is null)
            {
                return Number;
            }

            ScoreSummary average = systems.First(system => system.Name == System).Average;
            ConfidenceInterval? interval = Metric switch
            {
                "cnr" => average.Cnr,
                "miou" => average.MIoU,
                _ => average.Auroc,
            };
            return interval?.Mean;
        }
    }
}
