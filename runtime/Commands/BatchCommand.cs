using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Batch;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Commands;

/// <summary><c>cxr batch</c>: grounds a data set, a JSON line per image and phrase.</summary>
public static class BatchCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string?> manifest = new("MANIFEST")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description =
                "CSV file with the columns image and phrase (or report: a text file whose findings are grounded), and frame where files "
                + "have several; paths relative to it. Or give --dataset.",
        };
        BatchDatasetOptions dataset = new();
        Option<string> folder = new("--out")
        {
            Description = "Folder for results.jsonl; made if needed.",
            Required = true,
            HelpName = "DIR",
        };
        Option<string?> shard = new("--shard")
        {
            Description =
                "Ground part I of N only, or /N with I from the environment (default: SLURM_ARRAY_TASK_ID and _COUNT, or "
                + "JOB_COMPLETION_INDEX and JOB_COMPLETIONS). Each part writes a file of its own.",
            HelpName = "I/N",
        };
        Option<bool> resume = new("--resume")
        {
            Description = "Go on where an earlier run stopped or was killed; phrases that had failed are tried again.",
        };
        Option<bool> keepGoing = new("--keep-going")
        {
            Description =
                "Do not refuse the batch where images, phrases or reports cannot be used: ground the rest, with a line that says what is "
                + "wrong for each of them.",
        };
        Option<bool> heatmaps = new("--heatmaps")
        {
            Description =
                "Also write every heatmap (.npy, float32, NaN where the model did not look). Of a data set: float16 on the model's grid, "
                + "and heatmaps.csv, which cxr evaluate --heatmaps reads.",
        };
        Option<string> heatmapType = CommonOptions.HeatmapType();
        Option<string> heatmapGrid = CommonOptions.HeatmapGrid();
        Option<bool> overlays = new("--overlays") { Description = "Also write a picture for every phrase." };
        Option<bool> csv = new("--csv") { Description = "Also write all answers as one table, results.csv, when the run ends." };
        Option<string?> bundle = CommonOptions.Bundle();
        Option<string> preset = CommonOptions.PresetOrAuto();
        Option<double> threshold = new("--threshold")
        {
            Description = "Strength, 0 to 1, above which a pixel belongs to a box.",
            DefaultValueFactory = _ => 0.5,
            HelpName = "T",
        };
        Option<long> pixels = new("--max-pixels")
        {
            Description = "Largest image that is read, in pixels.",
            DefaultValueFactory = _ => new RadiographReaderOptions().MaxPixels,
            HelpName = "N",
        };
        Option<int?> imagesAtOnce = CommonOptions.ImagesAtOnce();
        Option<bool> noConfidence = CommonOptions.NoConfidence();
        Option<bool> verbatim = CommonOptions.Verbatim();
        Option<string> math = CommonOptions.MathOrAuto();
        Option<string> provider = CommonOptions.Provider();
        Option<int> device = CommonOptions.DeviceId();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<bool> deterministic = CommonOptions.Deterministic();
        Option<bool> json = CommonOptions.Json();
        Command command = new("batch", "Ground a data set: one JSON line per image and phrase; survives being killed.")
        {
            manifest,
            folder,
            shard,
            resume,
            keepGoing,
            heatmaps,
            heatmapType,
            heatmapGrid,
            overlays,
            csv,
            bundle,
            preset,
            math,
            threshold,
            noConfidence,
            verbatim,
            pixels,
            imagesAtOnce,
            provider,
            device,
            library,
            deterministic,
            json,
        };
        dataset.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                        Run(
                            new BatchRequest
                            {
                                Source = dataset.Source(parsed, parsed.GetValue(manifest)),
                                Folder = parsed.GetRequiredValue(folder),
                                Shard = BatchShard.Of(
                                    parsed.GetValue(shard),
                                    Environment.GetEnvironmentVariable,
                                    BatchIdentityFile.Find(parsed.GetRequiredValue(folder))?.Numbering
                                ),
                                Resume = parsed.GetValue(resume),
                                KeepGoing = parsed.GetValue(keepGoing),
                                Heatmaps = CommonOptions.Heatmaps(
                                    parsed,
                                    parsed.GetValue(heatmaps),
                                    "give --heatmaps",
                                    heatmapType,
                                    heatmapGrid,
                                    dataset.IsGiven(parsed) ? HeatmapStorage.Compact : null
                                ),
                                Overlays = parsed.GetValue(overlays),
                                Csv = parsed.GetValue(csv),
                                Bundle = BundleLocator.Find(parsed.GetValue(bundle)),
                                Preset = parsed.GetValue(preset)!,
                                Math = parsed.GetValue(math)!,
                                Threshold = parsed.GetValue(threshold),
                                Confidence = !parsed.GetValue(noConfidence),
                                Verbatim = parsed.GetValue(verbatim),
                                MaxPixels = parsed.GetValue(pixels),
                                ImagesAtOnce = parsed.GetValue(imagesAtOnce),
                                Model = CommonOptions.Model(parsed, provider, library) with
                                {
                                    DeviceId = parsed.GetValue(device),
                                    Deterministic = parsed.GetValue(deterministic),
                                },
                            },
                            CommandOutput.Of(parsed, json),
                            cancellationToken
                        ),
                    cancellationToken
                )
        );
        return command;
    }

    private static int Run(BatchRequest request, CommandOutput output, CancellationToken cancellationToken)
    {
        BatchRun run = new(request, cancellationToken);
        BatchSummary summary = run.Execute(output);
        if (output.IsJson)
        {
            output.Document(BatchSummaryJson.Write(run, request, summary));
        }
        else
        {
            Show(run, request, summary, output);
        }

        if (summary.Failed == 0)
        {
            return ExitCodes.Done;
        }

        int phrases = summary.Failed - summary.FailedReports;
        string[] failed =
        [
            .. phrases > 0 ? [Count(phrases, "phrase")] : Array.Empty<string>(),
            .. summary.FailedReports > 0 ? [Count(summary.FailedReports, "report")] : Array.Empty<string>(),
        ];
        output.Error(
            $"{string.Join(" and ", failed)} {(summary.Failed == 1 ? "has" : "have")} no answer, the first: {summary.FirstError}; "
                + $"mend the input and go on with --resume"
        );
        return ExitCodes.WrongInput;
    }

    private static void Show(BatchRun run, BatchRequest request, BatchSummary summary, CommandOutput output)
    {
        string done = $"{Count(summary.Grounded, "phrase")} on {Count(summary.GroundedImages, "image")} grounded";
        string normal = summary.NormalReports > 0 ? $", {Count(summary.NormalReports, "report")} without findings" : "";
        string earlier =
            summary.Earlier > 0
                ? string.Create(CultureInfo.InvariantCulture, $", {summary.Earlier} {(summary.Earlier == 1 ? "was" : "were")} there before")
                : "";
        output.Line($"{run.ResultsPath}: {done}{normal}{earlier}");
        if (run.CsvPath is { } table)
        {
            output.Line($"{table}: the same as a table");
        }

        if (run.HeatmapIndexPath is { } index)
        {
            output.Line($"{index}: which heatmap is of which phrase, for 'cxr evaluate --heatmaps {request.Folder}'");
        }

        foreach (string folder in BatchSummaryJson.Folders(request))
        {
            output.Line($"{Path.Combine(request.Folder, folder)}: {folder}, each named in its line");
        }
    }

    private static string Count(int count, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}
