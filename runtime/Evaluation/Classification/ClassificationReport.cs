using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>The results of <c>cxr classify</c> as JSON, Markdown and rows of a table.</summary>
public static class ClassificationReport
{
    private static readonly ClassificationContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>Heads of <see cref="Rows(ClassificationResult)"/>.</summary>
    public static IReadOnlyList<string> ClassificationHeads { get; } = ["error weighted by", "AUROC", "low mIoU", "high mIoU"];

    /// <summary>Heads of <see cref="Rows(AlignmentResult)"/>.</summary>
    public static IReadOnlyList<string> AlignmentHeads { get; } = ["error over", "right phrase against", "n", "accuracy %", "chance %"];

    /// <summary>The document for programs.</summary>
    public static string ToJson(ClassificationResult result) => JsonSerializer.Serialize(result, Context.ClassificationResult);

    /// <summary>The document for programs.</summary>
    public static string ToJson(AlignmentResult result) => JsonSerializer.Serialize(result, Context.AlignmentResult);

    /// <summary>Rows of a table.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(ClassificationResult result) =>
        [
            .. result.Results.Select(row =>
                (IReadOnlyList<string>)
                    [
                        row.Weighting switch
                        {
                            "own" => "each phrase's own heatmap",
                            "positive" => "the positive phrase's heatmap",
                            _ => "nothing (all cells alike)",
                        },
                        Text(row.Auroc, 1, "0.000"),
                        row.LowMiou is { } low ? $"{Text(low.Auroc, 1, "0.000")} (n = {low.N})" : "",
                        row.HighMiou is { } high ? $"{Text(high.Auroc, 1, "0.000")} (n = {high.N})" : "",
                    ]
            ),
        ];

    /// <summary>Rows of a table.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(AlignmentResult result) =>
        [
            .. result.Results.Select(row =>
                (IReadOnlyList<string>)
                    [
                        row.Region == "image" ? "the whole image" : "the annotated boxes",
                        row.Against switch
                        {
                            "all" => "all distractors",
                            "side" => "the other side",
                            "zone" => "another zone",
                            _ => "another pathology",
                        },
                        row.N.ToString(CultureInfo.InvariantCulture),
                        Text(row.Accuracy, 100, "0.0"),
                        (100 * row.Chance).ToString("0.0", CultureInfo.InvariantCulture),
                    ]
            ),
        ];

    /// <summary>The document for people.</summary>
    public static string ToMarkdown(ClassificationResult result) =>
        Markdown(
            "Grounded classification",
            string.Create(
                CultureInfo.InvariantCulture,
                $"\"{result.Positive}\" ({result.Positives} images) against \"{result.Negative}\" ({result.Negatives} images), bundle "
                    + $"{result.Bundle}. Errors are means over {result.Samples} pairs of noise and time step from {result.TimeRange[0]} to "
                    + $"{result.TimeRange[1] - 1} (seed {result.Seed}). mIoU bins are split at {100 * result.MiouSplit:0.0} %. 95 % "
                    + $"bootstrap intervals."
            ),
            ClassificationHeads,
            Rows(result),
            result.Notes
        );

    /// <summary>The document for people.</summary>
    public static string ToMarkdown(AlignmentResult result) =>
        Markdown(
            "Text alignment",
            string.Create(
                CultureInfo.InvariantCulture,
                $"How often the right phrase has a smaller noise-prediction error than wrong ones: {result.Cases.Count} phrases, bundle "
                    + $"{result.Bundle}, {result.Samples} pairs of noise and time step from {result.TimeRange[0]} to "
                    + $"{result.TimeRange[1] - 1} (seed {result.Seed}). 95 % bootstrap intervals."
            ),
            AlignmentHeads,
            Rows(result),
            result.Notes
        );

    private static string Markdown(
        string title,
        string summary,
        IReadOnlyList<string> heads,
        IReadOnlyList<IReadOnlyList<string>> rows,
        IReadOnlyList<string> notes
    )
    {
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"# {title}\n\n{summary}\n\n| {string.Join(" | ", heads)} |\n|{string.Concat(heads.Select(_ => " --- |"))}\n"
        );
        foreach (IReadOnlyList<string> row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |\n");
        }

        text.Append('\n');
        foreach (string note in notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {note}\n");
        }

        return text.ToString();
    }

    private static string Text(Interval value, double scale, string format)
    {
        string Number(double number) => (number * scale).ToString(format, CultureInfo.InvariantCulture);
        return $"{Number(value.Mean)} [{Number(value.Ci95[0])}, {Number(value.Ci95[1])}]";
    }
}

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(ClassificationResult))]
[JsonSerializable(typeof(AlignmentResult))]
[JsonSerializable(typeof(ClassifiedImage))]
[JsonSerializable(typeof(AlignedPhrase))]
internal sealed partial class ClassificationContext : JsonSerializerContext;
