using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// Anybody's boxes: a JSON list of image_id, label_text, category_name and boxes ([x, y, width, height] in image pixels).
/// </summary>
/// <remarks>
/// The path may end in <c>:xyxy</c>, <c>:normalized-xywh</c> or <c>:normalized-xyxy</c> where a box is written in another way: by its
/// corners, or in shares of the image. For systems that answer with boxes, as MAIRA-2 does. There is no threshold, and only the overlap can
/// be measured. A score, which the generalised task asks for, is the entry's key <c>score</c>: a number, or a list with one per box.
/// </remarks>
public sealed class BoxPredictions : IEvaluatedSystem
{
    private static readonly (string Ending, bool IsNormalized, bool IsCorners)[] Forms =
    [
        (":normalized-xyxy", true, true),
        (":normalized-xywh", true, false),
        (":xyxy", false, true),
        (":xywh", false, false),
    ];

    private readonly Dictionary<CaseKey, IReadOnlyList<PixelBox>> _boxes = [];
    private readonly Dictionary<CaseKey, IReadOnlyList<double>> _scores = [];
    private readonly string _path;
    private readonly bool _isNormalized;
    private readonly bool _isCorners;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, with the form of its boxes behind it if that is not [x, y, width, height] in pixels.</param>
    /// <param name="name">Name in the results; the file's name if null.</param>
    /// <exception cref="InputException">The file is missing or wrong; names the entry.</exception>
    public BoxPredictions(string path, string? name = null)
    {
        (path, _isNormalized, _isCorners) = Parse(path);
        _path = path;
        Name = name ?? Path.GetFileNameWithoutExtension(path);
        int entry = 0;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (JsonElement item in document.RootElement.EnumerateArray())
            {
                Add(item, entry++);
            }

            RefuseShares();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path} line {exception.LineNumber + 1}: not valid JSON", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException(
                $"{path}: entry {entry} is not of the form {{\"image_id\", \"label_text\", \"category_name\", \"boxes\": [[x, y, w, h], "
                    + $"...]}}",
                exception
            );
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description =>
        $"boxes from a file, {_boxes.Values.Count(boxes => boxes.Count == 0)} of {_boxes.Count} answers empty; mIoU is the IoU of the "
        + $"boxes";

    /// <inheritdoc/>
    public bool IsThreadSafe => true;

    /// <inheritdoc/>
    public void Check(IReadOnlyList<EvaluationCase> cases)
    {
        MissingPredictions.Refuse(_path, cases, item => _boxes.ContainsKey(item.Key), "an empty list of boxes is an answer too");
        foreach (EvaluationCase item in cases)
        {
            foreach (PixelBox box in Answer(item).Boxes!.Where(box => box.Area > 0 && IsOutside(box, item.ImageSize)))
            {
                throw new InputException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{_path}: {item.Key}: the box [{box.X}, {box.Y}, {box.Width}, {box.Height}] lies outside the image of "
                    ) + $"{item.ImageSize} pixels; give boxes in pixels of the annotated image"
                );
            }
        }
    }

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item) =>
        _boxes.TryGetValue(item.Key, out IReadOnlyList<PixelBox>? boxes)
            ? Prediction.Of(_isNormalized ? [.. boxes.Select(box => InPixels(box, item.ImageSize))] : boxes)
            : throw new InputException($"{_path}: no entry of {item.Key}; an empty list of boxes is an answer too");

    /// <summary>
    /// The scores of a case's boxes, in their order: the entry's key <c>score</c>, one number for all of them or a list; null without it.
    /// </summary>
    public IReadOnlyList<double>? ScoresOf(EvaluationCase item) => _scores.GetValueOrDefault(item.Key);

    /// <summary>The path without the form behind it. A path that exists as it stands is a path.</summary>
    internal static (string Path, bool IsNormalized, bool IsCorners) Parse(string text)
    {
        foreach ((string ending, bool isNormalized, bool isCorners) in Forms)
        {
            if (text.EndsWith(ending, StringComparison.Ordinal) && !File.Exists(text))
            {
                return (text[..^ending.Length], isNormalized, isCorners);
            }
        }

        return (text, false, false);
    }

    private static bool IsOutside(PixelBox box, ImageSize size) =>
        box.Right <= 0 || box.Bottom <= 0 || box.X >= size.Width || box.Y >= size.Height;

    private static PixelBox InPixels(PixelBox box, ImageSize size) =>
        new(box.X * size.Width, box.Y * size.Height, box.Width * size.Width, box.Height * size.Height);

    private static string Text(JsonElement item, string name) =>
        item.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private void Add(JsonElement item, int entry)
    {
        CaseKey key = new(CaseKey.ImageIdOf(Text(item, "image_id")), Text(item, "label_text").Trim(), Text(item, "category_name").Trim());
        List<PixelBox> boxes = [];
        foreach (JsonElement box in item.GetProperty("boxes").EnumerateArray())
        {
            boxes.Add(Box([.. box.EnumerateArray().Select(number => number.GetDouble())], entry));
        }

        if (!_boxes.TryAdd(key, boxes))
        {
            throw new InputException($"{_path}: entry {entry} is a second one of {key}");
        }

        if (item.TryGetProperty("score", out JsonElement score) && score.ValueKind != JsonValueKind.Null)
        {
            _scores.Add(key, Scores(score, boxes.Count, entry));
        }
    }

    private double[] Scores(JsonElement score, int boxes, int entry)
    {
        double[] scores =
            score.ValueKind == JsonValueKind.Array
                ? [.. score.EnumerateArray().Select(number => number.GetDouble())]
                : [.. Enumerable.Repeat(score.GetDouble(), boxes)];
        return scores.Length == boxes && scores.All(double.IsFinite)
            ? scores
            : throw new InputException(
                $"{_path}: entry {entry}: {scores.Length} scores for {boxes} boxes; wanted one finite number, or a list with one per box"
            );
    }

    private PixelBox Box(double[] numbers, int entry)
    {
        string wanted = _isCorners ? "[left, top, right, bottom]" : "[x, y, width, height]";
        string written = string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", numbers)}]");
        if (numbers.Length != 4 || !numbers.All(double.IsFinite))
        {
            throw new InputException($"{_path}: entry {entry}: a box is {written}, wanted {wanted}");
        }

        PixelBox box = _isCorners
            ? PixelBox.FromEdges(numbers[0], numbers[1], numbers[2], numbers[3])
            : new PixelBox(numbers[0], numbers[1], numbers[2], numbers[3]);
        if (box.Width < 0 || box.Height < 0)
        {
            throw new InputException($"{_path}: entry {entry}: a box is {written}, wanted {wanted}");
        }

        if (_isNormalized && numbers.Any(number => number is < -1 or > 2))
        {
            throw new InputException(
                $"{_path}: entry {entry}: a box is {written}, which are no shares of the image; leave out the form behind the path if the "
                    + $"boxes are in pixels"
            );
        }

        return box;
    }

    /// <summary>
    /// Boxes in shares of the image, read as pixels, lie within the first pixel, and would overlap with nothing. A single whole pixel there
    /// may be the rest of a box that was cut at the edge; fractions are not.
    /// </summary>
    private void RefuseShares()
    {
        if (_isNormalized)
        {
            return;
        }

        PixelBox[] all = [.. _boxes.Values.SelectMany(boxes => boxes).Where(box => box.Area > 0)];
        bool IsShare(PixelBox box) =>
            AnnotatedBoxes.IsNormalized([box.X, box.Y, _isCorners ? box.Right : box.Width, _isCorners ? box.Bottom : box.Height]);
        int shares = all.Count(box => IsShare(box) && box.Area < 1);
        if (shares > 0 || (all.Length > 0 && all.All(IsShare)))
        {
            throw new InputException(
                $"{_path}: {(shares == 0 ? all.Length : shares)} of {all.Length} boxes lie within one pixel, their numbers from 0 to 1: "
                    + $"shares of the "
                    + $"image, not pixels? Say so behind the path: {_path}:normalized-xywh, or :normalized-xyxy for corners"
            );
        }
    }
}
