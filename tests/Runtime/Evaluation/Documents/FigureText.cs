using System.Globalization;
using System.Text.RegularExpressions;
using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Runtime.Tests.Evaluation.Documents;

/// <summary>
/// What a cell of a table must say: text with places for figures, <c>{metric format}</c>, with <c>x100</c> for percent and <c>ci</c> for
/// the interval behind it: <c>{miou 0.0 x100 ci}</c> gives <c>40.0 [38.8, 41.3]</c>.
/// </summary>
internal sealed partial class FigureText(string template)
{
    /// <summary>The cell for a row.</summary>
    /// <param name="figure">The document's figure of a metric.</param>
    public string Of(Func<string, ConfidenceInterval> figure) =>
        Place()
            .Replace(
                template,
                match =>
                {
                    string[] words = match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    double scale = words.Contains("x100") ? 100 : 1;
                    ConfidenceInterval value = figure(words[0]);
                    string Number(double number) => (number * scale).ToString(words[1], CultureInfo.InvariantCulture);
                    return words.Contains("ci") ? $"{Number(value.Mean)} [{Number(value.Low)}, {Number(value.High)}]" : Number(value.Mean);
                }
            );

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex Place();
}
