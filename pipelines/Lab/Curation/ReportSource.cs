using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Lab.Curation;

/// <summary>Where reports come from: a folder of text files, a CSV file, or RadGraph's output.</summary>
internal static class ReportSource
{
    /// <summary>Reads the reports of a folder (every .txt below it, as MIMIC-CXR has them) or of a CSV file.</summary>
    /// <exception cref="InputException">There is nothing to read, or it is in another form.</exception>
    public static IEnumerable<CuratedReport> Open(string path)
    {
        if (File.Exists(path))
        {
            return OfCsv(path);
        }

        return Directory.Exists(path)
            ? OfFolder(path)
            : throw new InputException($"{path}: no such folder or file; --reports wants a folder with .txt files or a CSV file");
    }

    /// <summary>Reads reports that RadGraph has labelled.</summary>
    /// <exception cref="InputException">The file is missing or in another form.</exception>
    public static IEnumerable<CuratedReport> OpenRadGraph(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: no such file; --radgraph wants RadGraph's JSON output");
        }

        return RadGraphReport.Parse(File.ReadAllText(path), path).Select(CuratedReport.OfRadGraph);
    }

    private static IEnumerable<CuratedReport> OfFolder(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return files.Length == 0
            ? throw new InputException($"{folder}: no .txt file in it")
            : files.Select(file =>
                CuratedReport.OfText(StudyKey.Of(file), StudyKey.PatientOf(Path.GetRelativePath(folder, file)), File.ReadAllText(file))
            );
    }

    private static IEnumerable<CuratedReport> OfCsv(string path)
    {
        CsvTable table = CsvTable.Load(path);
        string Column(string what, params string[] names) =>
            names.FirstOrDefault(table.Has)
            ?? throw new InputException($"{path}: no column for the {what}; want one of {string.Join(", ", names)}");
        string id = Column("study", "study_id", "study", "image_id", "dicom_id");
        string? patient = new[] { "subject_id", "patient_id" }.FirstOrDefault(table.Has);
        string text = Column("text", "report", "text", "findings", "impression");

        // Files cut into sections have their findings and impression in two columns.
        string? second = text == "findings" && table.Has("impression") ? "impression" : null;
        return table.Rows.Select(row =>
            CuratedReport.OfText(
                StudyKey.Of(table.Text(row, id)),
                patient is null ? null : "p" + table.Text(row, patient).TrimStart('p'),
                second is null ? table.Text(row, text) : $"FINDINGS: {table.Text(row, text)}\nIMPRESSION: {table.Text(row, second)}\n"
            )
        );
    }
}
