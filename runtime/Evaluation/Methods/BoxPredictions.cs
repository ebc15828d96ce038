using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// Anybody's boxes: a JSON list of image_id, label_text, category_name and boxes ([x, y, width, height] in image pixels).
/// </summary>
/// <remarks>
/// Behind the path may stand a colon and how a box is written: <c>xywh</c>, <c>xyxy</c> (corners) or <c>cxcywh</c> (centre and size), plain
/// in pixels, with <c>normalized-</c> in shares, with <c>percent-</c> in hundredths. All are of the image, or of what a
/// <see cref="ModelView"/> says that the system sees. For systems that answer with boxes, as MAIRA-2 does. There is no threshold, and only
/// the overlap can be measured.
/// </remarks>
public sealed class BoxPredictions : IEvaluatedSystem
{
    private readonly Dictionary<CaseKey, IReadOnlyList<PixelBox>> _boxes = [];
    private readonly string _path;
    private readonly BoxForm _form;
    private readonly ModelView? _view;
    private readonly Unanswered _unanswered;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, with the form of its boxes behind it if that is not [x, y, width, height] in pixels.</param>
    /// <param name="name">Name in the results; the file's name if null.</param>
    /// <param name="view">What the boxes are boxes of; null: the image as it is.</param>
    /// <param name="unanswered">What phrases without an entry count as.</param>
    /// <exception cref="InputException">The file is missing or wrong; names the entry.</exception>
    public BoxPredictions(string path, string? name = null, ModelView? view = null, UnansweredPolicy unanswered = UnansweredPolicy.Refuse)
    {
        (path, _form) = BoxForm.Parse(path);
        _path = path;
        _view = view;
        _unanswered = new Unanswered(path, unanswered);
        if (view is { HasPixels: false } && !_form.IsNormalized)
        {
            throw new InputException(
                $"{path}: its boxes are in the model's pixels, and `crop` {view.Text} does not say how many there are; give "
                    + $"{view.Text}/SIZE, or the form of the boxes behind the path ({BoxForm.Names})"
            );
        }

        Name = name ?? Path.GetFileNameWithoutExtension(path);
        int entry = 0;
        try
        {
            using JsonDocument document = PackedFile.ReadJson(path);
            foreach (JsonElement item in document.RootElement.EnumerateArray())
            {
                Add(item, entry++);
            }

            RefuseShares();
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
        + $"boxes"
        + (_view is null ? "" : $"; boxes of crop {_view.Text}");

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _unanswered.Notes;

    /// <inheritdoc/>
    public bool IsThreadSafe => true;

    /// <inheritdoc/>
    public void Check(IReadOnlyList<EvaluationCase> cases)
    {
        _unanswered.Check(cases, item => _boxes.ContainsKey(item.Key), "an empty list of boxes is an answer too");
        foreach (EvaluationCase item in cases.Where(item => _boxes.ContainsKey(item.Key)))
        {
            foreach (PixelBox box in Answer(item).Boxes!.Where(box => box.Area > 0 && IsOutside(box, item.ImageSize)))
            {
                throw new InputException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{_path}: {item.Key}: the box [{box.X}, {box.Y}, {box.Width}, {box.Height}] lies outside the image of "
                    ) + $"{item.ImageSize} pixels; give boxes in pixels of the annotated image, or say with `crop` what they are boxes of"
                );
            }
        }
    }

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item) =>
        _boxes.TryGetValue(item.Key, out IReadOnlyList<PixelBox>? boxes)
            ? Prediction.Of([.. boxes.Select(box => InImage(box, item.ImageSize))])
            : _unanswered.Answer(item);

    private static bool IsOutside(PixelBox box, ImageSize size) =>
        box.Right <= 0 || box.Bottom <= 0 || box.X >= size.Width || box.Y >= size.Height;

    private PixelBox InImage(PixelBox box, ImageSize size) =>
        _view?.ToOriginal(box, size, _form.IsNormalized)
        ?? (
            _form.IsNormalized
                ? new PixelBox(box.X * size.Width, box.Y * size.Height, box.Width * size.Width, box.Height * size.Height)
                : box
        );

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
    }

    private PixelBox Box(double[] numbers, int entry)
    {
        string written = string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", numbers)}]");
        if (numbers.Length != 4 || !numbers.All(double.IsFinite))
        {
            throw new InputException($"{_path}: entry {entry}: a box is {written}, wanted {_form.Wanted}");
        }

        PixelBox box = _form.Box(numbers);
        if (box.Width < 0 || box.Height < 0)
        {
            throw new InputException($"{_path}: entry {entry}: a box is {written}, wanted {_form.Wanted}");
        }

        if (_form.Unit is { } unit && numbers.Any(number => number * unit is < -1 or > 2))
        {
            throw new InputException(
                $"{_path}: entry {entry}: a box is {written}, which are no {(unit == 1 ? "shares" : "hundredths")} of the image; leave out the form behind the path if the "
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
        if (_form.IsNormalized)
        {
            return;
        }

        PixelBox[] all = [.. _boxes.Values.SelectMany(boxes => boxes).Where(box => box.Area > 0)];
        bool IsShare(PixelBox box) =>
            AnnotatedBoxes.IsNormalized(
                _form.Order == BoxForm.Corners.LeftTopRightBottom
                    ? [box.X, box.Y, box.Right, box.Bottom]
                    : [box.X, box.Y, box.Width, box.Height]
            );
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
