using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// Anybody's heatmaps: a folder with <c>heatmaps.csv</c> (image_id, label_text, category_name, file) and one <c>.npy</c> file a row, or a
/// gray picture.
/// </summary>
/// <remarks>
/// float32 [H, W] at the image's own size as a rule (float16 and the other types of <see cref="NpyFile.Read"/> too), NaN outside the
/// field of view, any scale: the values are mapped to [0,1] here. A map of another size needs a <see cref="ModelView"/>, of the folder or
/// in the row's column <c>crop</c>, that says which part of the image it covers.
/// </remarks>
public sealed class HeatmapFolder : IEvaluatedSystem
{
    private const string IndexFile = "heatmaps.csv";

    private readonly string _folder;
    private readonly Func<string, GrayImage>? _readPicture;
    private readonly ModelView? _view;
    private readonly Unanswered _unanswered;
    private readonly Dictionary<CaseKey, HeatmapEntry> _files = [];

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name in the results; the folder's name if null.</param>
    /// <param name="readPicture">Reads files that are no <c>.npy</c>; null: such files are refused.</param>
    /// <param name="view">Which part of an image its maps cover, where the index does not say; null: maps have the image's size.</param>
    /// <param name="unanswered">What phrases without a row count as.</param>
    /// <exception cref="InputException">The folder or its index is missing or wrong.</exception>
    public HeatmapFolder(
        string folder,
        string? name = null,
        Func<string, GrayImage>? readPicture = null,
        ModelView? view = null,
        UnansweredPolicy unanswered = UnansweredPolicy.Refuse
    )
    {
        _view = view;
        if (unanswered == UnansweredPolicy.Zero)
        {
            throw new InputException(
                $"{folder}: `unanswered` zero is for boxes; a heatmap that is not there has no contrast: leave-out or refuse"
            );
        }

        _readPicture = readPicture;
        _folder = Path.GetFullPath(folder);
        Name = name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(_folder));
        if (!File.Exists(Path.Combine(folder, IndexFile)))
        {
            throw new InputException($"{folder}: no {IndexFile} (image_id,label_text,category_name,file) in it");
        }

        _unanswered = new Unanswered(Path.Combine(_folder, IndexFile), unanswered);
        CsvTable table = CsvTable.Load(Path.Combine(folder, IndexFile));
        table.Require("image_id", "label_text", "category_name", "file");
        foreach (CsvTable.Row row in table.Rows)
        {
            CaseKey key = new(
                CaseKey.ImageIdOf(table.Text(row, "image_id")),
                table.Text(row, "label_text"),
                table.Text(row, "category_name")
            );
            string file = Path.GetFullPath(Path.Combine(_folder, table.Text(row, "file")));
            if (!file.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InputException($"{table.Source} line {row.Line}: file '{table.Text(row, "file")}' lies outside the folder");
            }

            if (!_files.TryAdd(key, HeatmapEntry.Of(table, row, file, view)))
            {
                throw new InputException(
                    $"{table.Source} line {row.Line}: a second heatmap of {key}; several boxes of one phrase are one row"
                );
            }
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description => $"{_files.Count} heatmaps from files" + (_view is null ? "" : $", of crop {_view.Text}");

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _unanswered.Notes;

    /// <inheritdoc/>
    public bool IsThreadSafe => true;

    /// <inheritdoc/>
    public void Check(IReadOnlyList<EvaluationCase> cases)
    {
        _unanswered.Check(
            cases,
            item => _files.ContainsKey(item.Key),
            "add rows with exactly these texts (several boxes of one phrase are one row)"
        );

        // A row without its file is a mistake, whatever phrases without a row count as.
        EvaluationCase[] answered = [.. cases.Where(item => _files.ContainsKey(item.Key))];
        new Unanswered(Path.Combine(_folder, IndexFile), UnansweredPolicy.Refuse).Check(
            answered,
            item => File.Exists(_files[item.Key].File),
            "their files are not there"
        );
        InputProblems problems = new();
        foreach (EvaluationCase item in answered)
        {
            HeatmapEntry entry = _files[item.Key];
            problems.Try(() => CheckFile(entry, item));
        }

        problems.ThrowIfAny("nothing was computed");
    }

    /// <summary>Whether there is a heatmap of a case.</summary>
    public bool Has(CaseKey key) => _files.ContainsKey(key);

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item)
    {
        if (!_files.TryGetValue(item.Key, out HeatmapEntry? entry))
        {
            return _unanswered.Answer(item);
        }

        (float[] values, int[] shape) = Read(entry.File);
        entry.Check(shape, item);
        if (values.Any(float.IsInfinity))
        {
            throw new InputException($"{entry.File}: holds infinite values; NaN marks what lies outside the field of view");
        }

        return Prediction.Of(entry.OnPixels(values, shape, item.ImageSize));
    }

    /// <summary>An array's header says enough; a picture is read.</summary>
    private void CheckFile(HeatmapEntry entry, EvaluationCase item) =>
        entry.Check(IsArray(entry.File) ? NpyFile.ReadShape(entry.File) : Read(entry.File).Shape, item);

    private static bool IsArray(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    private (float[] Values, int[] Shape) Read(string path)
    {
        if (IsArray(path))
        {
            return NpyFile.Read(path);
        }

        GrayImage picture =
            _readPicture?.Invoke(path) ?? throw new InputException($"{path}: a heatmap is a .npy file, float32 [height, width]");
        return ([.. picture.Pixels], [picture.Height, picture.Width]);
    }
}
