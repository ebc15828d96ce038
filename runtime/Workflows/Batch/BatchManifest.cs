using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// What <c>cxr batch</c> is to ground: a CSV file with the columns <c>image</c> and <c>phrase</c>, or <c>report</c> (a text file whose
/// findings are grounded), or both. Paths are relative to the manifest.
/// </summary>
public static class BatchManifest
{
    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The CSV file.</param>
    /// <returns>The images in the order in which they first appear.</returns>
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
        Dictionary<string, List<string>> images = [];
        List<string> order = [];
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

            if (!images.TryGetValue(image, out List<string>? phrases))
            {
                images.Add(image, phrases = []);
                order.Add(image);
            }

            phrases.AddRange(phrase.Length > 0 ? [phrase] : []);
            phrases.AddRange(report.Length > 0 ? Findings(Path.Combine(folder, report), $"{path} line {row.Line}") : []);
        }

        return order.Count > 0
            ?
            [
                .. order.Select(
                    (image, position) => new BatchImage(position, image, Path.Combine(folder, image), [.. images[image].Distinct()])
                ),
            ]
            : throw new InputException($"{path}: holds no images");
    }

    private static IEnumerable<string> Findings(string path, string where)
    {
        try
        {
            return [.. ReportParser.Findings(File.ReadAllText(path)).Select(finding => finding.Prompt.Text)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{where}: report {path} cannot be read: {exception.Message}", exception);
        }
    }
}
