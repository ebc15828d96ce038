using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Generalised;

namespace CxrOnnx.Runtime.Tests.Evaluation.Documents;

/// <summary>A document of docs/evaluations, whose figures are computed again from its cases.</summary>
internal abstract class EvaluationDocument
{
    /// <summary>
    /// Reads one: <c>evaluation.json</c>, <c>generalised.json</c>, or the cases of a calibration as CSV; those of several files where the
    /// name has a star.
    /// </summary>
    public static EvaluationDocument Load(string folder, string name)
    {
        if (Path.GetExtension(name) == ".csv")
        {
            return new ConfidenceCases([.. Directory.EnumerateFiles(folder, name).Order(StringComparer.Ordinal).Select(CsvTable.Load)]);
        }

        string path = Path.Combine(folder, name);

        JsonElement root = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        return root.TryGetProperty("phrases", out _) ? new Generalised(root) : new PhraseScores(root);
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
    /// The cases of <c>cxr-lab calibrate</c> (set, image, phrase, truth, probability, region): <c>supported</c> and <c>unsupported</c>
    /// counts, <c>auroc</c>, <c>auroc@KIND</c>, <c>brier</c>, <c>same_phrase</c>, <c>REGION@supported</c> and <c>REGION@unsupported</c>.
    /// </summary>
    private sealed class ConfidenceCases(IReadOnlyList<CsvTable> tables) : EvaluationDocument
    {
        public override ConfidenceInterval Figure(string row, string metric)
        {
            (string Phrase, string Truth, double Probability, string Region)[] cases =
            [
                .. tables.SelectMany(table =>
                    table
                        .Rows.Where(line => table.Text(line, "set") == row)
                        .Select(line =>
                            (
                                table.Text(line, "phrase"),
                                table.Text(line, "truth"),
                                table.Number(line, "probability"),
                                table.Text(line, "region")
                            )
                        )
                ),
            ];
            double[] right = [.. cases.Where(item => item.Truth == "supported").Select(item => item.Probability)];
            double[] wrong = [.. cases.Where(item => item.Truth != "supported").Select(item => item.Probability)];
            double Share(string region, bool supported) =>
                cases.Count(item => item.Truth == "supported" == supported && item.Region == region)
                / (double)(supported ? right : wrong).Length;
            return metric.Split('@') switch
            {
                ["supported"] => Plain(right.Length),
                ["unsupported"] => Plain(wrong.Length),
                ["auroc"] => new Bootstrap().RocArea(right, wrong),
                ["auroc", var kind] => new Bootstrap().RocArea(
                    right,
                    [.. cases.Where(item => item.Truth == kind).Select(item => item.Probability)]
                ),
                ["brier"] => Plain((right.Average(p => (1 - p) * (1 - p)) + wrong.Average(p => p * p)) / 2),
                ["same_phrase"] => Plain(SamePhrase(cases)),
                [var region, "supported"] => Plain(Share(region, supported: true)),
                [var region, "unsupported"] => Plain(Share(region, supported: false)),
                ["keeps_region"] => Plain(1 - Share("no_region", supported: true)),
                _ => throw new KeyNotFoundException($"the cases of a calibration have no '{metric}'"),
            };
        }

        private static double SamePhrase((string Phrase, string Truth, double Probability, string Region)[] cases)
        {
            (int pairs, double ordered) = (0, 0);
            foreach (IGrouping<string, (string Phrase, string Truth, double Probability, string Region)> phrase in cases.GroupBy(item => item.Phrase))
            {
                foreach (double own in phrase.Where(item => item.Truth == "supported").Select(item => item.Probability))
                {
                    double[] others = [.. phrase.Where(item => item.Truth != "supported").Select(item => item.Probability)];
                    pairs += others.Length;
                    ordered += others.Count(other => other < own) + (0.5 * others.Count(other => other == own));
                }
            }

            return ordered / pairs;
        }
    }
}
