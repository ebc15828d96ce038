using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Evaluation.Comparison;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary><c>cxr compare</c>: two bundles on the same images.</summary>
public static class CompareCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> first = new("A") { Description = "The first bundle: folder or .cxrb file." };
        Argument<string> second = new("B") { Description = "The second bundle." };
        Option<string?> images = new("--images")
        {
            Description = "Folder with the images (default: the samples that ship, with their annotations).",
            HelpName = "DIR",
        };
        Option<string[]> phrases = new("--phrase")
        {
            Description = "A phrase that is asked of every image, where there are no annotations. May be given several times.",
            HelpName = "PHRASE",
        };
        Option<string?> annotations = new("--annotations")
        {
            Description = "The data set's CSV file: its phrases are asked, and the answers are scored against its boxes.",
            HelpName = "FILE",
        };
        Option<string> dataset = new("--dataset")
        {
            Description = $"Format of the annotations: {string.Join(", ", EvaluationDataset.KnownNames)}.",
            DefaultValueFactory = _ => "ms-cxr",
            HelpName = "NAME",
        };
        Option<int> limit = new("--limit") { Description = "Images at most; 0 = all.", HelpName = "N" };
        Option<string> preset = new("--preset")
        {
            Description = "Preset of both.",
            DefaultValueFactory = _ => "exact",
            HelpName = "NAME",
        };
        Option<double> threshold = new("--threshold")
        {
            Description = "Strength, 0 to 1, above which a pixel belongs to a box.",
            DefaultValueFactory = _ => 0.5,
            HelpName = "T",
        };
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<bool> json = CommonOptions.Json();
        Command command = new("compare", "Compare two bundles on the same images: heatmaps, boxes, scores and speed, in turns.")
        {
            first,
            second,
            images,
            phrases,
            annotations,
            dataset,
            limit,
            preset,
            threshold,
            provider,
            library,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        CommandOutput output = CommandOutput.Of(parsed, json);
                        ComparisonRequest request = new()
                        {
                            First = BundleLocator.Find(parsed.GetRequiredValue(first)),
                            Second = BundleLocator.Find(parsed.GetRequiredValue(second)),
                            Images = parsed.GetValue(images),
                            Phrases = parsed.GetValue(phrases) ?? [],
                            Annotations = parsed.GetValue(annotations),
                            Dataset = parsed.GetValue(dataset)!,
                            Limit = parsed.GetValue(limit) is var most and >= 0
                                ? most
                                : throw new InputException($"--limit {parsed.GetValue(limit)}: must not be negative"),
                            Preset = parsed.GetValue(preset)!,
                            Threshold = parsed.GetValue(threshold),
                            Model = CommonOptions.Model(parsed, provider, library),
                        };
                        ComparisonResult result = output.WithProgress(
                            "comparing",
                            progress => BundleComparison.Run(request, progress, cancellationToken)
                        );
                        if (output.IsJson)
                        {
                            output.Document(ComparisonJson.Write(result));
                        }
                        else
                        {
                            Show(result, output);
                        }

                        return ExitCodes.Done;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static void Show(ComparisonResult result, CommandOutput output)
    {
        bool scored = result.Phrases.Any(phrase => phrase.First is not null);
        output.Table(
            [
                "image",
                "phrase",
                "correlation",
                "max-abs",
                "box IoU",
                .. scored ? (string[])["CNR A", "CNR B", "mIoU % A", "mIoU % B", "AUROC A", "AUROC B"] : [],
            ],
            [.. result.Phrases.Select(phrase => Row(phrase, scored))]
        );
        output.Table(
            ["", "A", "B"],
            [
                ["bundle", result.First.Path, result.Second.Path],
                ["id", result.First.Id, result.Second.Id],
                ["model", $"{result.First.Model}, {result.First.Precision}", $"{result.Second.Model}, {result.Second.Precision}"],
                ["seconds per image, median", Median(result.First), Median(result.Second)],
                .. scored ? Means(result) : [],
            ]
        );
        if (result.First.Id == result.Second.Id)
        {
            output.Line("A and B are the same bundle");
        }

        double[] correlations = [.. result.Phrases.Select(phrase => phrase.Correlation).OfType<double>()];
        output.Line(
            $"{result.Phrases.Count} phrases on {result.Images} images, preset {result.Preset}, on {result.Provider}; correlation "
                + (
                    correlations.Length > 0
                        ? $"{Number(correlations.Average(), "0.000")} on average, {Number(correlations.Min(), "0.000")} at least"
                        : "unknown: constant heatmaps"
                )
                + (result.WarmUpLeftOut ? "; the first image warms up and is not in the times" : "; one image, its warm-up is in the times")
        );
    }

    private static IReadOnlyList<string> Row(ComparedPhrase phrase, bool scored) =>
        [
            phrase.ImageId,
            Excerpt.Of(phrase.FirstPhrase == phrase.SecondPhrase ? phrase.FirstPhrase : $"{phrase.FirstPhrase} / {phrase.SecondPhrase}"),
            phrase.Correlation is { } correlation ? Number(correlation, "0.000") : "none: constant",
            Number(phrase.MaxAbs, "0.000"),
            phrase.BoxIoU is { } overlap ? Number(overlap, "0.00") : "no boxes",
            .. scored
                ? (string[])
                    [
                        Score(phrase.First?.Cnr, 1, "0.00"),
                        Score(phrase.Second?.Cnr, 1, "0.00"),
                        Score(phrase.First?.MIoU, 100, "0.0"),
                        Score(phrase.Second?.MIoU, 100, "0.0"),
                        Score(phrase.First?.Auroc, 1, "0.000"),
                        Score(phrase.Second?.Auroc, 1, "0.000"),
                    ]
                : [],
        ];

    /// <summary>Means over phrases: a look, no evaluation (that is per class, with intervals).</summary>
    private static IEnumerable<IReadOnlyList<string>> Means(ComparisonResult result)
    {
        ComparedScores[] first = [.. result.Phrases.Select(phrase => phrase.First).OfType<ComparedScores>()];
        ComparedScores[] second = [.. result.Phrases.Select(phrase => phrase.Second).OfType<ComparedScores>()];
        yield return ["CNR, mean over phrases", Number(first.Average(s => s.Cnr), "0.00"), Number(second.Average(s => s.Cnr), "0.00")];
        yield return
        [
            "mIoU %, mean over phrases",
            Number(100 * first.Average(s => s.MIoU), "0.0"),
            Number(100 * second.Average(s => s.MIoU), "0.0"),
        ];
        yield return
        [
            "AUROC, mean over phrases",
            Number(first.Average(s => s.Auroc), "0.000"),
            Number(second.Average(s => s.Auroc), "0.000"),
        ];
    }

    private static string Median(ComparedBundle bundle) => Number(LatencySummary.Of(bundle.SecondsPerImage).P50, "0.00");

    private static string Score(double? value, double scale, string format) => value is { } known ? Number(known * scale, format) : "";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
