using System.CommandLine;
using System.Globalization;
using CxrOnnx.Cli;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Lab.Curation;
using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab curate</c>: reports to a tuning set.</summary>
public static class CurateCommand
{
    private const int ExamplesPerKind = 4;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string?> reports = new("--reports") { Description = "Folder with report texts (.txt, as in MIMIC-CXR), or a CSV file with a column for the study and one for the text" };
        Option<FileInfo?> radGraph = new("--radgraph") { Description = "RadGraph-XL's JSON output instead of texts; its keys name studies" };
        Option<DirectoryInfo?> images = new("--images") { Description = "Folder of the images: an image belongs to the study of its folder (s50414267/), else to the report of its own name" };
        Option<FileInfo?> metadata = new("--metadata") { Description = "MIMIC-CXR-JPG's metadata file instead of a folder; paths are those of that data set" };
        Option<string[]> views = new("--view") { Description = "Views kept from the metadata; 'all' keeps every one", DefaultValueFactory = _ => ["AP", "PA"] };
        Option<DirectoryInfo> output = new("--out") { Description = "Folder for tuning-set.jsonl and the statistics", Required = true };
        Option<double> validation = new("--validation") { Description = "Share of patients kept for validation, by a hash of their identifier", DefaultValueFactory = _ => 0.1 };
        Option<bool> certain = new("--certain-only") { Description = "Leave out findings that the report hedges" };
        Option<FileInfo?> truth = new("--truth") { Description = "Known findings (findings.json of cxr-lab phantom): also measure precision and recall of the recogniser" };
        Command command = new("curate", "Read findings and their places out of reports: a tuning set with its statistics.")
        {
            reports, radGraph, images, metadata, views, output, validation, certain, truth,
        };
        command.SetAction((parse, cancellation) =>
        {
            (string? texts, FileInfo? labelled) = (parse.GetValue(reports), parse.GetValue(radGraph));
            (DirectoryInfo? folder, FileInfo? list) = (parse.GetValue(images), parse.GetValue(metadata));
            if ((texts is null) == (labelled is null))
                throw new InputException("want either --reports or --radgraph");
            if ((folder is null) == (list is null))
                throw new InputException("want either --images or --metadata, which say which image belongs to a report");
            if (parse.GetValue(validation) is not (>= 0 and <= 1))
                throw new InputException(FormattableString.Invariant($"--validation {parse.GetValue(validation)}: want a share between 0 and 1"));
            string[] kept = parse.GetRequiredValue(views);
            StudyImages studies = folder is not null ? StudyImages.OfFolder(folder.FullName) : StudyImages.OfMetadata(list!.FullName, kept.Contains("all") ? [] : kept);
            IReadOnlyDictionary<string, IReadOnlyList<StandardPrompt>>? known = parse.GetValue(truth) is { } file ? KnownFindings.Load(file.FullName) : null;
            TuningSetBuilder set = new();
            RecogniserAccuracy accuracy = new();
            List<CuratedReport> refused = [];
            foreach (CuratedReport report in labelled is null ? ReportSource.Open(texts!) : ReportSource.OpenRadGraph(labelled.FullName))
            {
                cancellation.ThrowIfCancellationRequested();
                if (report.Refusal is not null)
                    refused.Add(report);
                set.Add(report, [.. studies[report.Key]], parse.GetValue(validation), !parse.GetValue(certain));
                if (known is not null)
                    accuracy.Add(report, known.TryGetValue(report.Key, out IReadOnlyList<StandardPrompt>? findings) ? findings : throw new InputException($"--truth knows nothing about report {report.Key}"));
            }

            if (refused is [var first, ..])
                parse.InvocationConfiguration.Error.WriteLine($"{refused.Count} of {set.Reports} reports not read; the first is {first.Key}: {first.Refusal}");
            string target = parse.GetRequiredValue(output).FullName;
            Write(set, target, parse.InvocationConfiguration.Output);
            if (known is not null)
                Write(accuracy, target, parse.InvocationConfiguration.Output);
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static void Write(TuningSetBuilder set, string folder, TextWriter output)
    {
        if (set.Entries.Count == 0)
            throw new InputException($"no sample: {set.Reports} reports with {set.Findings} findings, {set.ReportsWithoutImage} of them without an image; do the names of reports and images belong together?");
        CurationStatistics statistics = new(set.Entries);
        string path = Path.Combine(folder, "tuning-set.jsonl");
        TuningSetFile.Write(path, set.Entries);
        statistics.WriteCsv(Path.Combine(folder, "statistics.csv"));
        int held = set.Entries.Count(entry => entry.Split == TuningSetFile.Validate);
        statistics.WritePlot(
            Path.Combine(folder, "statistics.png"),
            string.Create(CultureInfo.InvariantCulture, $"{set.Entries.Count} samples of {set.Reports} reports, per location and pathology"));
        PlainTable.Write(
            output,
            ["pathology", "samples", "left out: no place"],
            [.. Pathology.All.Select(item => (string[])[item.Name, Text(statistics.SamplesOf(item)), Text(set.WithoutLocation.GetValueOrDefault(item.Name))])]);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {set.Entries.Count - held} samples to learn from and {held} for validation, of {set.Reports} reports ({set.Patients} patients), {set.Findings} findings; left out: {set.WithoutLocation.Values.Sum()} without a place, {set.Uncertain} hedged, {set.ReportsWithoutImage} reports without an image"));
    }

    private static void Write(RecogniserAccuracy accuracy, string folder, TextWriter output)
    {
        accuracy.WriteCsv(Path.Combine(folder, "accuracy.csv"));
        accuracy.WriteErrors(Path.Combine(folder, "errors.jsonl"));
        AtomicFile.WriteText(Path.Combine(folder, "accuracy.md"), accuracy.ToMarkdown(ExamplesPerKind));
        foreach (string level in (ReadOnlySpan<string>)["pathology", "finding", "location"])
        {
            (double precision, double recall) = accuracy.Overall(level);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{level}: precision {100 * precision:0.0} %, recall {100 * recall:0.0} %"));
        }

        output.WriteLine($"{Path.Combine(folder, "accuracy.md")}: {accuracy.Reports} reports, {accuracy.Errors.Count} errors");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
