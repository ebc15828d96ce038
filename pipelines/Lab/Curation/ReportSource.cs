using System.Formats.Tar;
using System.IO.Compression;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>
/// Where reports come from: a folder of text files, an archive of them as MIMIC-CXR ships it, or a CSV file.
/// </summary>
internal static class ReportSource
{
    /// <summary>Columns of a CSV file that name the study, in the order in which they are looked for.</summary>
    public static readonly string[] StudyColumns = ["study_id", "study", "image_id", "dicom_id"];

    /// <summary>Columns that hold the text.</summary>
    public static readonly string[] TextColumns = ["report", "text", "findings", "impression"];

    /// <summary>Columns that name the patient.</summary>
    public static readonly string[] PatientColumns = ["subject_id", "patient_id"];

    /// <summary>
    /// Reads the reports of a folder (every .txt below it, as MIMIC-CXR has them), of such a folder packed as zip or tar.gz, or of a CSV
    /// file, plain or packed. The first bytes tell which.
    /// </summary>
    /// <exception cref="InputException">There is nothing to read, or it is in another form.</exception>
    public static IEnumerable<CuratedReport> Open(string path)
    {
        if (File.Exists(path))
        {
            return IsZip(path) ? OfZip(path)
                : IsTar(path) ? OfTar(path)
                : OfCsv(path);
        }

        return Directory.Exists(path)
            ? OfFolder(path)
            : throw new InputException(
                $"{path}: no such folder or file; --reports wants a folder or an archive with .txt files, or a CSV file"
            );
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

    private static bool IsZip(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> mark = stackalloc byte[4];
        return file.ReadAtLeast(mark, 4, throwOnEndOfStream: false) == 4 && PackedFile.IsZip(mark);
    }

    private static bool IsTar(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using GZipStream content = new(file, CompressionMode.Decompress);
            Span<byte> block = stackalloc byte[512];
            return content.ReadAtLeast(block, 512, throwOnEndOfStream: false) == 512 && block[257..262].SequenceEqual("ustar"u8);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static IEnumerable<CuratedReport> OfZip(string path)
    {
        using ZipArchive archive = OpenZip(path);
        ZipArchiveEntry[] texts =
        [
            .. archive.Entries.Where(entry => IsReport(entry.FullName)).OrderBy(entry => entry.FullName, StringComparer.Ordinal),
        ];
        if (texts.Length == 0)
        {
            throw new InputException($"{path}: no .txt file in it");
        }

        foreach (ZipArchiveEntry entry in texts)
        {
            using StreamReader reader = new(entry.Open());
            yield return OfArchived(path, entry.FullName, reader.ReadToEnd);
        }
    }

    private static ZipArchive OpenZip(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException exception)
        {
            throw new InputException($"{path}: is a broken zip archive ({exception.Message}); fetch the file again", exception);
        }
    }

    private static IEnumerable<CuratedReport> OfTar(string path)
    {
        using FileStream file = File.OpenRead(path);
        using GZipStream content = new(file, CompressionMode.Decompress);
        using TarReader archive = new(content);
        bool any = false;
        while (Next(archive, path) is { } entry)
        {
            if (entry.DataStream is { } data && IsReport(entry.Name))
            {
                any = true;
                using StreamReader reader = new(data);
                yield return OfArchived(path, entry.Name, reader.ReadToEnd);
            }
        }

        if (!any)
        {
            throw new InputException($"{path}: no .txt file in it");
        }
    }

    private static TarEntry? Next(TarReader archive, string path)
    {
        try
        {
            return archive.GetNextEntry();
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{path}: is a broken tar archive ({exception.Message}); fetch the file again", exception);
        }
    }

    private static CuratedReport OfArchived(string path, string name, Func<string> read)
    {
        try
        {
            return CuratedReport.OfText(StudyKey.Of(name), StudyKey.PatientOf(name), read());
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{path}: {name} cannot be unpacked ({exception.Message}); fetch the archive again", exception);
        }
    }

    // Finder puts a shadow of every file into the archives it packs.
    private static bool IsReport(string name) =>
        name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) && !name.Contains("__MACOSX/", StringComparison.Ordinal);

    private static IEnumerable<CuratedReport> OfCsv(string path)
    {
        CsvTable table = CsvTable.Load(path);
        string id = ColumnOf(table, "study", StudyColumns);
        string? patient = PatientColumns.FirstOrDefault(table.Has);
        string text = ColumnOf(table, "text", TextColumns);

        // Files cut into sections have their findings and impression in two columns.
        string? second = text == "findings" && table.Has("impression") ? "impression" : null;
        return table.Rows.Select(row =>
            CuratedReport.OfText(
                StudyKey.Of(CaseKey.ImageIdOf(table.Required(row, id))),
                patient is null ? null : StudyKey.Patient(table.Text(row, patient)) ?? table.Value(row, patient),
                second is null ? table.Text(row, text) : $"FINDINGS: {table.Text(row, text)}\nIMPRESSION: {table.Text(row, second)}\n"
            )
        );
    }

    /// <summary>The first of some columns that a table has.</summary>
    /// <exception cref="InputException">It has none of them.</exception>
    public static string ColumnOf(CsvTable table, string what, string[] names) =>
        names.FirstOrDefault(table.Has)
        ?? throw new InputException($"{table.Source}: no column for the {what}; want one of {string.Join(", ", names)}");
}
