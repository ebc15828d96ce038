using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Generalised;

namespace CxrOnnx.Runtime.Tests.Evaluation.Documents;

/// <summary>A document of docs/evaluations, whose figures are computed again from its cases.</summary>
internal abstract class EvaluationDocument
{
    /// <summary>Reads one: <c>evaluation.json</c>, <c>generalised.json</c>, or the <c>confidence.json</c> of a bundle.</summary>
    public static EvaluationDocument Load(string path)
    {
        JsonElement root = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        return root.TryGetProperty("phrases", out _) ? new Generalised(root)
            : root.TryGetProperty("weights_sha256", out _) ? new Calibration(root)
            : new PhraseScores(root);
    }

    /// <summary>A figure of a row of a table.</summary>
    /// <param name="row">Name of a system, or of a set of a calibration.</param>
    /// <param name="metric">For example <c>miou</c>, <c>miou@pneumonia</c> for a class, <c>miou/frozen</c> for a ratio.</param>
    public abstract ConfidenceInterval Figure(string row, string metric);

    private static ConfidenceInterval Plain(double value) => new(value, value, value);

    private static JsonElement SystemOf(JsonElement root, string name) =>
        root.GetProperty("systems").EnumerateArray().FirstOrDefault(system => system.GetProperty("name").GetString() == name)
            is { ValueKind: JsonValueKind.Object } found
            ? found
            : throw new KeyNotFoundException($"the document has no system '{name}'");

    private static Bootstrap Resampling(JsonElement root) =>
        new(root.GetProperty("bootstrap").GetInt32(), root.GetProperty("seed").GetUInt64());

    /// <summary>evaluation.json: <c>cnr</c>, <c>miou</c>, <c>auroc</c>, <c>n</c>.</summary>
    private sealed class PhraseScores(JsonElement root) : EvaluationDocument
    {
        public override ConfidenceInterval Figure(string row, string metric)
        {
            if (metric.Split('/') is [var part, var other])
            {
                return Plain(Figure(row, part).Mean / Figure(other, part).Mean);
            }

            string[] words = metric.Split('@');
            JsonElement system = SystemOf(root, row);
            JsonElement[] cases =
            [
                .. system
                    .GetProperty("cases")
                    .EnumerateArray()
                    .Where(item =>
                        words.Length == 1
                        || item.GetProperty("category_name").GetString()!.Equals(words[1], StringComparison.OrdinalIgnoreCase)
                    ),
            ];
            if (words[0] == "n")
            {
                return Plain(cases.Length);
            }

            ConfidenceInterval figure = Resampling(root)
                .MeanOfMeans([
                    .. cases
                        .GroupBy(item => item.GetProperty("category_name").GetString())
                        .Select(group => (IReadOnlyList<double>)[.. group.Select(item => item.GetProperty(words[0]).GetDouble())]),
                ]);
            if (words.Length == 1)
            {
                // The cases are rounded to five digits; the document's own average was computed before that.
                double written = system.GetProperty("average").GetProperty(words[0]).GetProperty("mean").GetDouble();
                Xunit.Assert.Equal(written, figure.Mean, 2e-5);
            }

            return figure;
        }
    }

    /// <summary>
    /// generalised.json: <c>ap30</c>, <c>ap50</c>, <c>kept</c> and <c>no_region</c> by the verdict, <c>no_region@KIND</c>, and
    /// <c>sweep@90</c>, the share without a region where 90 % are kept.
    /// </summary>
    private sealed class Generalised(JsonElement root) : EvaluationDocument
    {
        private readonly Dictionary<string, RegionScores> _scores = [];

        public override ConfidenceInterval Figure(string row, string metric)
        {
            RegionScores scores = Scores(row);
            return metric.Split('@') switch
            {
                ["ap30"] => scores.AveragePrecision[0]!.Value,
                ["ap50"] => scores.AveragePrecision[1]!.Value,
                ["kept"] => scores.Kept!.Value,
                ["no_region"] => scores.NoRegion!.Value,
                ["no_region", var kind] => scores.Kinds.Single(pair => GeneralisedJson.NameOf(pair.Key) == kind).Value,
                ["sweep", "90"] => scores.NoRegionAtMainShare!.Value,
                ["sweep", var share] => Plain(
                    scores
                        .Sweep.Single(point => Math.Abs((100 * point.Wanted) - double.Parse(share, CultureInfo.InvariantCulture)) < 1e-9)
                        .NoRegion
                ),
                _ => throw new KeyNotFoundException($"a generalised document has no '{metric}'"),
            };
        }

        private RegionScores Scores(string name)
        {
            if (!_scores.TryGetValue(name, out RegionScores? scores))
            {
                GeneralisedCase[] cases = [.. root.GetProperty("phrases").EnumerateArray().Select(Case)];
                RegionAnswer[] answers = [.. SystemOf(root, name).GetProperty("answers").EnumerateArray().Select(Answer)];
                _scores.Add(name, scores = new RegionEvaluator(cases, Resampling(root)).Score(name, "", answers));
            }

            return scores;
        }

        private static GeneralisedCase Case(JsonElement item) =>
            new(
                new EvaluationCase
                {
                    ImageId = item.GetProperty("image_id").GetString()!,
                    LabelText = item.GetProperty("label_text").GetString()!,
                    CategoryName = item.GetProperty("category_name").GetString()!,
                    ImageSize = default,
                    Boxes = [.. item.GetProperty("boxes").EnumerateArray().Select(box => Box([.. Numbers(box)]))],
                },
                Enum.GetValues<PhraseKind>().Single(kind => GeneralisedJson.NameOf(kind) == item.GetProperty("kind").GetString())
            );

        private static RegionAnswer Answer(JsonElement item) =>
            RegionAnswer.Of(
                item.GetProperty("regions").EnumerateArray().Select(Numbers).Select(numbers => new ScoredRegion(Box(numbers), numbers[4])),
                item.GetProperty("withheld").GetBoolean()
            );

        private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];

        private static PixelBox Box(double[] numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>
    /// confidence.json, whose cases are not kept: the figures that <c>cxr-lab calibrate</c> wrote into it. Rows are sets; <c>supported</c>
    /// and <c>unsupported</c> counts, <c>auroc</c>, <c>auroc@KIND</c>, <c>brier</c>, <c>same_phrase</c>, <c>supported_as_supported</c>,
    /// <c>supported_with_region</c>, <c>unsupported_as_supported</c>, <c>unsupported_as_no_region</c>.
    /// </summary>
    private sealed class Calibration(JsonElement root) : EvaluationDocument
    {
        public override ConfidenceInterval Figure(string row, string metric)
        {
            JsonElement figures = root.GetProperty("model")
                .GetProperty("figures")
                .EnumerateArray()
                .Single(set => set.GetProperty("name").GetString() == row);
            double State(string name) => figures.GetProperty("states").GetProperty(name).GetDouble();
            return metric.Split('@') switch
            {
                ["auroc"] => Area(figures.GetProperty("auroc")),
                ["auroc", var kind] => Area(
                    figures
                        .GetProperty("kinds")
                        .EnumerateArray()
                        .Single(item => item.GetProperty("kind").GetString() == kind)
                        .GetProperty("auroc")
                ),
                ["same_phrase"] => Plain(figures.GetProperty("same_phrase").GetProperty("share").GetDouble()),
                ["supported_with_region"] => Plain(1 - State("supported_as_no_region")),
                ["supported" or "unsupported" or "brier"] => Plain(figures.GetProperty(metric).GetDouble()),
                _ => Plain(State(metric)),
            };
        }

        private static ConfidenceInterval Area(JsonElement figure)
        {
            JsonElement interval = figure.GetProperty("ci95");
            return new ConfidenceInterval(figure.GetProperty("value").GetDouble(), interval[0].GetDouble(), interval[1].GetDouble());
        }
    }
}
