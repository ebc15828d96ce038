using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Report;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Commands;

/// <summary><c>cxr evaluate</c>: how well bundles, other systems' heatmaps or boxes, and baselines find annotated phrases.</summary>
public static class EvaluateCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        DatasetOptions dataset = new();
        Option<string?> images = new("--images")
        {
            Description = "Folder with the images; needed for --bundle and for pictures in the report.",
            HelpName = "DIR",
        };
        Option<int?> frame = CommonOptions.Frame();
        Option<string[]> bundles = Many("--bundle", "A bundle to evaluate, DIR or NAME=DIR.", "DIR");
        ThirdPartyOptions others = new();
        Option<string[]> baselines = Many(
            "--baseline",
            "oracle (a Gaussian in each annotated box), prior (the atlas, without looking) or prior-wide (its Gaussians twice as wide).",
            "NAME"
        );
        Option<string?> atlas = CommonEvaluationOptions.Atlas();
        Option<int> bootstrap = CommonEvaluationOptions.Bootstrap();
        Option<ulong> seed = new("--seed")
        {
            Description = "Seed of the resampling.",
            DefaultValueFactory = _ => 0,
            HelpName = "N",
        };
        Option<string[]> preset = Many(
            "--preset",
            "One of the bundles' presets (default: exact); with several, each bundle is evaluated once with each.",
            "NAME"
        );
        Option<PromptForm> prompts = CommonEvaluationOptions.Prompts();
        Option<string?> reports = CommonEvaluationOptions.Reports();
        Option<int> examples = new("--examples")
        {
            Description = "Cases in the HTML report for each of best, median and worst, per system.",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };
        Option<int> perToken = new("--per-token")
        {
            Description = "Also show the attention of every token for this many phrases, a row per bundle.",
            HelpName = "N",
        };
        Option<string[]> require = Many(
            "--require",
            "Exit with code 1 unless this holds for the averages, such as \"tuned.cnr > frozen.cnr\" or \"tuned.miou >= 0.25\".",
            "CONDITION"
        );
        Option<int?> imagesAtOnce = CommonOptions.ImagesAtOnce();
        Option<string> math = CommonOptions.Math();
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<string> folder = new("--out")
        {
            Description = "Folder for evaluation.json, evaluation.md and evaluation.html.",
            Required = true,
            HelpName = "DIR",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("evaluate", "Measure how well systems find annotated phrases.")
        {
            images,
            frame,
            bundles,
            baselines,
            atlas,
            bootstrap,
            seed,
            preset,
            prompts,
            reports,
            examples,
            perToken,
            require,
            imagesAtOnce,
            math,
            provider,
            library,
            folder,
            json,
        };
        dataset.AddTo(command);
        others.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                        Run(
                            others.ReadInto(
                                new EvaluateRequest
                                {
                                    Source = dataset.Read(parsed),
                                    Images = parsed.GetValue(images),
                                    Frame = parsed.GetValue(frame),
                                    Bundles = Paths(parsed.GetValue(bundles)),
                                    Baselines = parsed.GetValue(baselines) ?? [],
                                    Atlas = parsed.GetValue(atlas),
                                    Resamples = parsed.GetValue(bootstrap),
                                    Seed = parsed.GetValue(seed),
                                    Presets = parsed.GetValue(preset) is { Length: > 0 } presets ? presets : ["exact"],
                                    Prompts = parsed.GetValue(prompts),
                                    Reports = parsed.GetValue(reports),
                                    Examples = parsed.GetValue(examples),
                                    PerToken = parsed.GetValue(perToken),
                                    Gates = [.. (parsed.GetValue(require) ?? []).Select(EvaluationGate.Parse)],
                                    ImagesAtOnce = parsed.GetValue(imagesAtOnce),
                                    Model = CommonOptions.Model(parsed, provider, library, math),
                                    Folder = parsed.GetRequiredValue(folder),
                                },
                                parsed
                            ),
                            CommandOutput.Of(parsed, json),
                            cancellationToken
                        ),
                    cancellationToken
                )
        );
        return command;
    }

    private static int Run(EvaluateRequest request, CommandOutput output, CancellationToken cancellationToken)
    {
        EvaluationReport report = new EvaluateRun(request, output, cancellationToken).Execute();
        if (output.IsJson)
        {
            output.Document(EvaluationJson.Write(report).TrimEnd());
        }
        else
        {
            Show(report, request.Folder, output);
        }

        string[] failures = [.. request.Gates.Select(gate => gate.Failure(report.Systems)).OfType<string>()];
        foreach (string failure in failures)
        {
            output.Error(failure);
        }

        return failures.Length > 0 ? ExitCodes.CheckFailed : ExitCodes.Done;
    }

    private static void Show(EvaluationReport report, string folder, CommandOutput output)
    {
        static string Cell(ConfidenceInterval? value, double scale, string format) =>
            value is { } interval
                ? string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{(interval.Mean * scale).ToString(format, System.Globalization.CultureInfo.InvariantCulture)} "
                        + $"[{(interval.Low * scale).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}, "
                        + $"{(interval.High * scale).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}]"
                )
                : "";
        output.Table(
            ["class", "n", "system", "CNR", "mIoU %", "AUROC"],
            [
                .. report
                    .Classes.Append("average")
                    .SelectMany(column =>
                        report.Systems.Select(
                            (system, s) =>
                            {
                                ScoreSummary row = column == "average" ? system.Average : system.Classes[column];
                                return (IReadOnlyList<string>)
                                    [
                                        s == 0 ? column : "",
                                        s == 0 || row.Count != Count(report, column) ? FormattableString.Invariant($"{row.Count}") : "",
                                        system.Name,
                                        Cell(row.Cnr, 1, "0.00"),
                                        Cell(row.MIoU, 100, "0.0"),
                                        Cell(row.Auroc, 1, "0.000"),
                                    ];
                            }
                        )
                    ),
            ]
        );
        if (report.Quoted.Count > 0)
        {
            output.Table(
                ["quoted, not computed here", "CNR", "mIoU %", "source"],
                [
                    .. report.Quoted.Select(score =>
                        (IReadOnlyList<string>)
                            [
                                score.System,
                                FormattableString.Invariant($"{score.Cnr:0.00}"),
                                FormattableString.Invariant($"{100 * score.MIoU:0.0}"),
                                score.Source,
                            ]
                    ),
                ]
            );
        }

        foreach (string note in report.Notes())
        {
            output.Line(note);
        }

        output.Line($"results in {folder}: evaluation.json, evaluation.md, evaluation.html");
    }

    private static int Count(EvaluationReport report, string column) =>
        report.Dataset.Cases.Count(item => column == "average" || item.CategoryName == column);

    private static IReadOnlyList<NamedPath> Paths(string[]? values) => [.. (values ?? []).Select(NamedPath.Parse)];

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name)
        {
            Description = description + " May be given several times.",
            HelpName = helpName,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
}
