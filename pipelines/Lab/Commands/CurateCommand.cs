using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Lab.Curation;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab curate</c>: reports to a tuning set.</summary>
public static class CurateCommand
{
    private const int LongestExample = 80;
    private const int ExamplesPerKind = 4;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string?> reports = new("--reports")
        {
            Description =
                "Folder with report texts (.txt, as in MIMIC-CXR), the same as zip or tar.gz, or a CSV file (plain or packed) "
                + "with a column "
                + "for the study and one for the text",
        };
        Option<FileInfo?> radGraph = new("--radgraph")
        {
            Description =
                "RadGraph's labels instead of texts, in any of its published forms (plain or packed); where its keys are only numbers, "
                + "--reports names the CSV file whose rows were labelled",
        };
        Option<DirectoryInfo?> images = new("--images")
        {
            Description =
                "Folder of the images: an image belongs to the study of its folder (s50414267/), else to the report of its own name",
        };
        Option<FileInfo?> metadata = new("--metadata")
        {
            Description =
                "MIMIC-CXR-JPG's metadata file, plain or packed: studies, patients and views of the images; without --images also their "
                + "paths in that data set. Looked for beside the images where it is not given",
        };
        Option<string[]> views = new("--views", "--view")
        {
            Description = "Views (ViewPosition of the metadata) that are kept; 'all' keeps every one [default: AP PA]",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<FileInfo?> officialSplit = new("--official-split")
        {
            Description =
                "The data set's own split (mimic-cxr-2.0.0-split.csv, plain or packed): test patients are left out, validate is validated "
                + "on unless --validation is given",
        };
        Option<FileInfo[]> exclude = new("--exclude")
        {
            Description =
                "Annotations that the model will be measured on (MS-CXR's csv or json, or any with subject_id, path or image ids; plain or "
                + "packed): none of their patients is in the set",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<DirectoryInfo> output = new("--out")
        {
            Description = "Folder for tuning-set.jsonl, its statistics and its summary",
            Required = true,
        };
        Option<double> validation = new("--validation")
        {
            Description = "Share of patients kept for validation, by a hash of their identifier",
            DefaultValueFactory = _ => 0.1,
        };
        Option<bool> certain = new("--certain-only") { Description = "Leave out findings that the report hedges" };
        Option<FileInfo?> truth = new("--truth")
        {
            Description = "Known findings (findings.json of cxr-lab phantom): also measure precision and recall of the recogniser",
        };
        Command command = new("curate", "Read findings and their places out of reports: a tuning set with its statistics.")
        {
            reports,
            radGraph,
            images,
            metadata,
            views,
            officialSplit,
            exclude,
            output,
            validation,
            certain,
            truth,
        };
        command.SetAction(
            (parse, cancellation) =>
            {
                string[] kept =
                [
                    .. (parse.GetValue(views) ?? []).SelectMany(value =>
                        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    ),
                ];
                string folder = parse.GetRequiredValue(output).FullName;
                CurationRun run = new(
                    new CurationRequest
                    {
                        Reports = parse.GetValue(reports),
                        RadGraph = parse.GetValue(radGraph)?.FullName,
                        Images = new ImageSelection
                        {
                            Folder = parse.GetValue(images)?.FullName,
                            Metadata = parse.GetValue(metadata)?.FullName,
                            Views =
                                kept.Length == 0 ? null
                                : kept.Contains("all", StringComparer.OrdinalIgnoreCase) ? []
                                : kept,
                            OfficialSplit = parse.GetValue(officialSplit)?.FullName,
                            SplitDecidesValidation = parse.GetResult(validation) is not { Implicit: false },
                            Exclude = [.. (parse.GetValue(exclude) ?? []).Select(file => file.FullName)],
                        },
                        Validation = parse.GetValue(validation),
                        CertainOnly = parse.GetValue(certain),
                        Truth = parse.GetValue(truth)?.FullName,
                        Folder = folder,
                    }
                );
                (CurationSummary summary, CurationStatistics statistics) = run.Execute(cancellation);
                if (run.Refused is [var first, ..])
                {
                    parse.InvocationConfiguration.Error.WriteLine(
                        $"{run.Refused.Count} of {run.Set.Reports} reports not read; the first is {first.Key}: {first.Refusal}"
                    );
                }

                Show(run, summary, statistics, parse.InvocationConfiguration.Output);
                if (run.Accuracy is not null)
                {
                    Write(run.Accuracy, folder, parse.InvocationConfiguration.Output);
                }

                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;
    }

    private static void Show(CurationRun run, CurationSummary summary, CurationStatistics statistics, TextWriter output)
    {
        TuningSetBuilder set = run.Set;
        PlainTable.Write(
            output,
            ["pathology", "samples", "left out: no place"],
            [
                .. Pathology.All.Select(item =>
                    (string[])[item.Name, Text(statistics.SamplesOf(item)), Text(set.WithoutLocation.GetValueOrDefault(item.Name))]
                ),
            ]
        );
        if (summary.LeftOut.Count > 0)
        {
            PlainTable.Write(
                output,
                ["left out", "why", "number"],
                [.. summary.LeftOut.Select(item => (string[])[item.Kind, item.Reason, Text(item.Count)])]
            );
        }

        if (run.Remarks.Reports > 0)
        {
            PlainTable.Write(
                output,
                ["the reader remarked", "reports", "first", "for example"],
                [.. run.Remarks.Kinds.Select(kind => (string[])[kind.Kind, Text(kind.Reports), kind.First, Short(kind.Examples)])]
            );
            output.WriteLine($"{run.RemarksPath}: every remark, on {run.Remarks.Reports} of {set.Reports} reports");
        }

        foreach (string note in run.Images.Notes)
        {
            output.WriteLine(note);
        }

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Path}: {set.Entries.Count - summary.Validated} samples to learn from and {summary.Validated} for validation, of "
                    + $"{set.Reports} reports ({set.Patients} patients), {set.Findings} findings; left out: "
                    + $"{set.WithoutLocation.Values.Sum()} without a place, {set.Uncertain} hedged, "
                    + $"{set.ReportsLeftOut.GetValueOrDefault("without an image")} reports without an image; all counts in summary.json"
            )
        );
    }

    private static string Short(IReadOnlyList<string> examples)
    {
        string text = string.Join(", ", examples);
        return text.Length > LongestExample ? text[..LongestExample] + " ..." : text;
    }

    private static void Write(RecogniserAccuracy accuracy, string folder, TextWriter output)
    {
        accuracy.WriteCsv(Path.Combine(folder, "accuracy.csv"));
        accuracy.WriteErrors(Path.Combine(folder, "errors.jsonl"));
        AtomicFile.WriteText(Path.Combine(folder, "accuracy.md"), accuracy.ToMarkdown(ExamplesPerKind));
        foreach (string level in (ReadOnlySpan<string>)["pathology", "finding", "location"])
        {
            (double precision, double recall) = accuracy.Overall(level);
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{level}: precision {100 * precision:0.0} %, recall {100 * recall:0.0} %")
            );
        }

        output.WriteLine($"{Path.Combine(folder, "accuracy.md")}: {accuracy.Reports} reports, {accuracy.Errors.Count} errors");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
