using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// Anybody's boxes: a JSON list of image_id, label_text, category_name and boxes ([x, y, width, height] in image pixels).
/// </summary>
/// <remarks>For systems that answer with boxes, as MAIRA-2 does. There is no threshold, and only the overlap can be measured.</remarks>
public sealed class BoxPredictions : IEvaluatedSystem
{
    private readonly Dictionary<CaseKey, IReadOnlyList<PixelBox>> _boxes = [];
    private readonly string _path;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name in the results; the file's name if null.</param>
    /// <exception cref="InputException">The file is missing or wrong; names the entry.</exception>
    public BoxPredictions(string path, string? name = null)
    {
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
    public void Check(IReadOnlyList<EvaluationCase> cases) =>
        MissingPredictions.Refuse(_path, cases, item => _boxes.ContainsKey(item.Key), "an empty list of boxes is an answer too");

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item) =>
        _boxes.TryGetValue(item.Key, out IReadOnlyList<PixelBox>? boxes)
            ? Prediction.Of(boxes)
            : throw new InputException($"{_path}: no entry of {item.Key}; an empty list of boxes is an answer too");

    private void Add(JsonElement item, int entry)
    {
        CaseKey key = new(
            CaseKey.ImageIdOf(item.GetProperty("image_id").GetString()!),
            item.GetProperty("label_text").GetString()!.Trim(),
            item.GetProperty("category_name").GetString()!.Trim()
        );
        List<PixelBox> boxes = [];
        foreach (JsonElement box in item.GetProperty("boxes").EnumerateArray())
        {
            double[] numbers = [.. box.EnumerateArray().Select(number => number.GetDouble())];
            if (numbers.Length != 4 || !numbers.All(double.IsFinite) || numbers[2] < 0 || numbers[3] < 0)
            {
                throw new InputException($"{_path}: entry {entry}: a box is [{string.Join(", ", numbers)}], wanted [x, y, width, height]");
            }

            boxes.Add(new PixelBox(numbers[0], numbers[1], numbers[2], numbers[3]));
        }

        if (!_boxes.TryAdd(key, boxes))
        {
            throw new InputException($"{_path}: entry {entry} is a second one of {key}");
        }
    }
}
