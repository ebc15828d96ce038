using System.Globalization;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Imaging.Overlay;

namespace CxrOnnx.Evaluation.Report;

/// <summary>The pictures of the HTML report, drawn from the sketches that were kept of every answer.</summary>
/// <param name="images">The data set's images.</param>
/// <param name="cases">All cases in their order.</param>
/// <param name="answers">Per system its scores and the sketches of its answers, in the order of the cases.</param>
public sealed class ReportPictures(ImageFolder images, IReadOnlyList<EvaluationCase> cases, IReadOnlyList<SystemPredictions> answers)
{
    private const int LongestSide = 420;

    /// <summary>Best, median and worst cases of every system, all systems side by side on each.</summary>
    /// <param name="ofEachKind">How many of each.</param>
    public PictureSection Examples(int ofEachKind)
    {
        // A case is shown once, with every reason why.
        Dictionary<int, List<string>> reasons = [];
        SystemPredictions[] shown = [.. answers.Where(system => !system.IsBaseline)];
        foreach (SystemPredictions system in shown.Length > 0 ? shown : [.. answers])
        {
            int[] ranked =
            [
                .. Enumerable
                    .Range(0, cases.Count)
                    .Where(i => system.ScoreOf(cases[i].Key) is not null)
                    .OrderByDescending(i => system.ScoreOf(cases[i].Key)!.MIoU),
            ];
            int middle = Math.Max(0, (ranked.Length - ofEachKind) / 2);
            foreach (
                (string rank, IEnumerable<int> chosen) in (ReadOnlySpan<(string, IEnumerable<int>)>)
                    [
                        ("best", ranked.Take(ofEachKind)),
                        ("median", ranked.Skip(middle).Take(ofEachKind)),
                        ("worst", ranked.TakeLast(ofEachKind)),
                    ]
            )
            {
                foreach (int i in chosen)
                {
                    if (!reasons.TryAdd(i, [$"{rank} of {system.Scores.Name}"]))
                    {
                        reasons[i].Add($"{rank} of {system.Scores.Name}");
                    }
                }
            }
        }

        return new PictureSection(
            "Examples",
            "The best, the median and the worst case of every system that is no baseline, ranked by mIoU; all systems side by side. "
                + "Solid boxes are the annotators', dashed ones a system's answer. Dimmed margins lie outside the field of view.",
            [.. reasons.Select(entry => Example(entry.Key, entry.Value))]
        );
    }

    /// <summary>The attention of each token of a phrase, a row per bundle.</summary>
    /// <param name="chosen">The cases.</param>
    public PictureSection Tokens(IReadOnlyList<EvaluationCase> chosen) =>
        new(
            "Attention of each token",
            "Every sub-token's own heatmap, scaled to its own range, for phrases taken class by class in the order of the file, not by "
                + "score.",
            [
                .. chosen.SelectMany(item =>
                    answers
                        .Where(system => system.Tokens.ContainsKey(item.Key))
                        .Select(
                            (system, position) =>
                            {
                                GrayImage image = Small(item);
                                int index = IndexOf(item);
                                return new PictureRow(
                                    position == 0 ? $"{item.LabelText}: {system.Scores.Name}" : system.Scores.Name,
                                    position == 0 ? $"{item.CategoryName}, {item.ImageId}" : "",
                                    [
                                        Picture(item, image, system.Sketches[index], "whole phrase", Scores(system, item)),
                                        .. system
                                            .Tokens[item.Key]
                                            .Select(token => Picture(item, image, token.Sketch, $"\u201C{token.Token}\u201D", "")),
                                    ]
                                );
                            }
                        )
                ),
            ]
        );

    private static string Scores(SystemPredictions system, EvaluationCase item) =>
        system.ScoreOf(item.Key) is not { } score ? "no answer"
        : score.Cnr is { } cnr ? string.Create(CultureInfo.InvariantCulture, $"CNR {cnr:0.00}, mIoU {100 * score.MIoU:0.0} %")
        : string.Create(CultureInfo.InvariantCulture, $"IoU {100 * score.MIoU:0.0} %");

    private PictureRow Example(int index, IReadOnlyList<string> reasons)
    {
        EvaluationCase item = cases[index];
        GrayImage image = Small(item);
        return new PictureRow(
            item.LabelText,
            $"{item.CategoryName}, {item.ImageId}; {string.Join(", ", reasons)}",
            [.. answers.Select(system => Picture(item, image, system.Sketches[index], system.Scores.Name, Scores(system, item)))]
        );
    }

    private static EvaluationPicture Picture(
        EvaluationCase item,
        GrayImage image,
        PredictionSketch sketch,
        string caption,
        string details
    ) =>
        new(
            caption,
            details,
            PlainOverlay.Jpeg(image, sketch.HasHeatmap ? sketch.Render(image.Height, image.Width) : null),
            item.ImageSize,
            [.. item.Boxes.Select(box => box.ClippedTo(item.ImageSize))],
            [.. sketch.Boxes.Select(box => box.ClippedTo(item.ImageSize))]
        );

    private GrayImage Small(EvaluationCase item) => PlainOverlay.Shrink(images.Read(item).Image, LongestSide);

    private int IndexOf(EvaluationCase item)
    {
        int index = 0;
        while (cases[index].Key != item.Key)
        {
            index++;
        }

        return index;
    }
}
