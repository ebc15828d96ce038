using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Batches;
using CxrOnnx.Workflows.Batch;

namespace CxrOnnx.Commands;

/// <summary><c>cxr merge</c>: joins the parts of a batch to one file.</summary>
public static class MergeCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> folder = new("DIR") { Description = "The --out folder of cxr batch, with all its parts." };
        Option<string?> manifest = new("--manifest")
        {
            Description = "The manifest, where it does not lie where it lay when the batch was begun.",
            HelpName = "FILE",
        };
        Option<bool> csv = new("--csv") { Description = "Also write all answers as one table, results.csv." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("merge", "Join the parts of a batch to one results.jsonl; refuses gaps and doubles.")
        {
            folder,
            manifest,
            csv,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                        Run(
                            parsed.GetRequiredValue(folder),
                            parsed.GetValue(manifest),
                            parsed.GetValue(csv),
                            CommandOutput.Of(parsed, json)
                        ),
                    cancellationToken
                )
        );
        return command;
    }

    private static int Run(string folder, string? manifest, bool csv, CommandOutput output)
    {
        BatchIdentity begun =
            BatchIdentityFile.Find(folder)
            ?? throw new InputException($"{folder}: no {BatchIdentityFile.Name} in it; give the --out folder of 'cxr batch'");
        BatchMerge merge = new(folder, begun, manifest is null ? DatasetBatch.Of(begun) : new BatchManifest(manifest));
        BatchMergeSummary summary = merge.Execute(csv);
        if (output.IsJson)
        {
            output.Document(
                new JsonObject
                {
                    ["results"] = merge.ResultsPath,
                    ["csv"] = csv ? merge.CsvPath : null,
                    ["heatmap_index"] = merge.HeatmapIndexPath,
                    ["parts"] = summary.Parts,
                    ["lines"] = summary.Lines,
                    ["failed"] = summary.Failed,
                }.ToJsonString()
            );
        }
        else
        {
            output.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{merge.ResultsPath}: {summary.Lines} lines of {summary.Parts} {(summary.Parts == 1 ? "part" : "parts")}"
                )
            );
            if (merge.HeatmapIndexPath is { } index)
            {
                output.Line($"{index}: which heatmap is of which phrase, for 'cxr evaluate --heatmaps {folder}'");
            }
        }

        if (summary.Failed == 0)
        {
            return ExitCodes.Done;
        }

        output.Error(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Failed} of the merged lines {(summary.Failed == 1 ? "says" : "say")} why there is no answer; mend the input, "
                    + $"run the parts with --resume and merge again"
            )
        );
        return ExitCodes.CheckFailed;
    }
}
