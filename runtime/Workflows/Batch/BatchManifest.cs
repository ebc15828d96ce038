using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Workflows.Ground;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// What <c>cxr batch</c> is to ground: a CSV file with the columns <c>image</c> and <c>phrase</c>, or <c>report</c> (a text file whose
/// findings are grounded), or both, and where files have several frames <c>frame</c>. Paths are relative to the manifest, or absolute.
/// </summary>
/// <param name="path">The CSV file.</param>
public sealed class BatchManifest(string path) : IBatchSource
{
    /// <summary>The name of the file's path in <see cref="Description"/>.</summary>
    public const string Kind = "manifest";

    /// <inheritdoc/>
    public string Path => path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Description => new Dictionary<string, string> { [Kind] = System.IO.Path.GetFullPath(path) };

    /// <inheritdoc/>
    public bool HasHeatmapIndex => false;

    /// <inheritdoc/>
    public bool IsVerbatim => false;

    /// <inheritdoc/>
    public string PromptOf(BatchImage image, BatchPhrase phrase, BundleVocabulary vocabulary) => phrase.Phrase;

    /// <summary>Reads the manifest.</summary>
    /// <returns>
    /// The images in the order in which they first appear. A report that cannot be read, or is refused, is an error of its image.
    /// </returns>
    /// <exception cref="InputException">The file is wrong; names the line.</exception>
    public IReadOnlyList<BatchImage> Load()
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("image");
        if (!table.Has("phrase") && !table.Has("report"))
        {
            throw new InputException($"{path}: no column phrase or report; say what to look for in each image");
        }

        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        Dictionary<(string Image, int? Frame), (List<string> Phrases, List<BatchReport> Reports)> images = [];
        List<(string Image, int? Frame)> order = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string image = table.Text(row, "image");
            string phrase = table.Has("phrase") ? table.Text(row, "phrase") : "";
            string report = table.Has("report") ? table.Text(row, "report") : "";
            if (image.Length == 0 || (phrase.Length == 0 && report.Length == 0))
            {
                throw new InputException(
                    $"{path} line {row.Line}: wanted an image and a phrase{(table.Has("report") ? " or a report" : "")}"
                );
            }

            (string, int?) key = (image, FrameOf(table, row));
            if (!images.TryGetValue(key, out (List<string> Phrases, List<BatchReport> Reports) asked))
            {
                images.Add(key, asked = ([], []));
                order.Add(key);
            }

            if (phrase.Length > 0)
            {
                asked.Phrases.Add(phrase);
            }

            if (report.Length > 0 && asked.Reports.TrueForAll(other => other.Name != report))
            {
                BatchReport read = Read(System.IO.Path.Combine(folder, report), report);
                asked.Reports.Add(read);
                asked.Phrases.AddRange(read.Reading?.Findings.Select(finding => finding.Prompt.Text) ?? []);
            }
        }

        return order.Count > 0
            ?
            [
                .. order.Select(
                    (key, position) =>
                        new BatchImage(position, key.Image, System.IO.Path.Combine(folder, key.Image), Asked(images[key].Phrases))
                        {
                            Frame = key.Frame,
                            Reports = images[key].Reports,
                        }
                ),
            ]
            : throw new InputException($"{path}: holds no images");
    }

    private static BatchPhrase[] Asked(IEnumerable<string> phrases) => [.. phrases.Distinct().Select(phrase => new BatchPhrase(phrase))];

    private static int? FrameOf(CsvTable table, CsvTable.Row row) =>
        table.Has("frame") && table.Text(row, "frame").Length > 0
            ? table.Number(row, "frame") is >= 1 and <= int.MaxValue and var frame && frame == Math.Floor(frame)
                ? (int)frame
                : throw new InputException(
                    $"{table.Source} line {row.Line}: frame is '{table.Text(row, "frame")}', a whole number from 1 was expected"
                )
            : null;

    private static BatchReport Read(string file, string name)
    {
        try
        {
            return new BatchReport(name, ReportFile.Read(file), null);
        }
        catch (InputException refusal)
        {
            return new BatchReport(name, null, refusal.Message);
        }
    }
}
