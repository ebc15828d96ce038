using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Workflows.Ground;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// What <c>cxr batch</c> is to ground: a CSV file with the columns <c>image</c> and <c>phrase</c>, or <c>report</c> (a text file whose
/// findings are grounded), or both, and where files have several frames <c>frame</c>. Paths are relative to the manifest, or absolute.
/// </summary>
public static class BatchManifest
{
    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The CSV file.</param>
    /// <returns>
    /// A report that cannot be read, or is refused, is an error of its image. The images in the order in which they first appear.
    /// </returns>
    /// <exception cref="InputException">The file is wrong; names the line.</exception>
    public static IReadOnlyList<BatchImage> Load(string path)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("image");
        if (!table.Has("phrase") && !table.Has("report"))
        {
            throw new InputException($"{path}: no column phrase or report; say what to look for in each image");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
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
                BatchReport read = Read(Path.Combine(folder, report), report);
                asked.Reports.Add(read);
                asked.Phrases.AddRange(read.Reading?.Findings.Select(finding => finding.Prompt.Text) ?? []);
            }
        }

        return order.Count > 0
            ?
            [
                .. order.Select(
                    (key, position) =>
                        new BatchImage(position, key.Image, Path.Combine(folder, key.Image), [.. images[key].Phrases.Distinct()])
                        {
                            Frame = key.Frame,
                            Reports = images[key].Reports,
                        }
                ),
            ]
            : throw new InputException($"{path}: holds no images");
    }

    private static int? FrameOf(CsvTable table, CsvTable.Row row) =>
        table.Has("frame") && table.Text(row, "frame").Length > 0
            ? table.Number(row, "frame") is >= 1 and <= int.MaxValue and var frame && frame == Math.Floor(frame)
                ? (int)frame
                : throw new InputException(
                    $"{table.Source} line {row.Line}: frame is '{table.Text(row, "frame")}', a whole number from 1 was expected"
                )
            : null;

    private static BatchReport Read(string path, string name)
    {
        try
        {
            return new BatchReport(name, ReportFile.Read(path), null);
        }
        catch (InputException refusal)
        {
            return new BatchReport(name, null, refusal.Message);
        }
    }
}
