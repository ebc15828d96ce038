using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>Reports that RadGraph has labelled.</summary>
internal static class RadGraphSource
{
    /// <summary>Reads a file of any of RadGraph's forms, plain or packed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="order">
    /// For the package's own output, whose keys are numbers: the CSV file of the reports, in the order in which they were labelled; else
    /// null.
    /// </param>
    /// <exception cref="InputException">A file is missing or in another form, or the two do not belong together.</exception>
    public static IReadOnlyList<CuratedReport> Open(string path, string? order)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: no such file; --radgraph wants RadGraph's JSON output");
        }

        IReadOnlyList<RadGraphReport> reports = RadGraphReport.Parse(PackedFile.ReadText(path, "a JSON file"), path);
        if (!RadGraphReport.AreNumbered(reports))
        {
            return order is null
                ? [.. reports.Select(report => CuratedReport.OfRadGraph(report, report.Name, StudyKey.PatientOf(report.Name)))]
                : throw new InputException($"{path}: its keys name the studies themselves; leave out --reports");
        }

        return order is not null
            ? Ordered(reports, path, order)
            : throw new InputException(
                $"{path}: its keys are 0 to {reports.Count - 1}, the package's own numbers, which name no study; give with "
                    + $"--reports the CSV "
                    + $"file whose rows were labelled, in their order"
            );
    }

    private static List<CuratedReport> Ordered(IReadOnlyList<RadGraphReport> reports, string path, string order)
    {
        CsvTable table = File.Exists(order)
            ? CsvTable.Load(order)
            : throw new InputException(
                $"{order}: is no file; with numbered --radgraph, --reports wants the CSV file whose rows were labelled"
            );
        string id = ReportSource.ColumnOf(table, "study", ReportSource.StudyColumns);
        string? patient = ReportSource.PatientColumns.FirstOrDefault(table.Has);
        string[] texts = [.. ReportSource.TextColumns.Where(table.Has)];
        if (table.Rows.Count != reports.Count)
        {
            throw new InputException(
                $"{path}: labels {reports.Count} reports, {order} has {table.Rows.Count} rows; give the very file that was labelled"
            );
        }

        List<CuratedReport> read = [];
        foreach (
            RadGraphReport report in reports.OrderBy(report => int.Parse(report.Name, System.Globalization.CultureInfo.InvariantCulture))
        )
        {
            CsvTable.Row row = table.Rows[read.Count];
            string words = Letters(report.Text);
            if (
                texts.Length > 0
                && !Letters(string.Concat(texts.Select(column => table.Text(row, column)))).Contains(words, StringComparison.Ordinal)
            )
            {
                throw new InputException(
                    $"{order} line {row.Line}: its text is not that of report {report.Name} in {path}; give the very file that was labelled"
                );
            }

            string? subject = patient is null ? null : StudyKey.Patient(table.Text(row, patient)) ?? table.Value(row, patient);
            read.Add(CuratedReport.OfRadGraph(report, CaseKey.ImageIdOf(table.Required(row, id)), subject));
        }

        return read;
    }

    /// <summary>A text without what cutting it into tokens changes.</summary>
    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
