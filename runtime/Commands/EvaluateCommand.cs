using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
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
        Option<string> dataset = CommonEvaluationOptions.Dataset();
        Option<string> annotations = CommonEvaluationOptions.Annotations();
        Option<string?> images = new("--images")
        {
            Description = "Folder with the images; needed for --bundle and for pictures in the report.",
            HelpName = "DIR",
        };
        Option<int?> frame = CommonOptions.Frame();
        Option<string?> sizes = CommonEvaluationOptions.Sizes();
        Option<string[]> bundles = Many("--bundle", "A bundle to evaluate, DIR or NAME=DIR.", "DIR");
        Option<string[]> heatmaps = Many(
            "--heatmaps",
            "A folder of any system's heatmaps, DIR or NAME=DIR: heatmaps.csv and .npy files (or gray pictures).",
            "DIR"
        );
        Option<string[]> boxes = Many(
            "--boxes",
            "A JSON file of any system's boxes (overlap only), FILE or NAME=FILE; behind it :normalized-xywh or :normalized-xyxy where "
                + "they "
                + "are shares of the image, :xyxy where they are corners in pixels.",
            "FILE"
        );
        Option<string[]> baselines = Many(
            "--baseline",
            "oracle (a Gaussian in each annotated box), prior (the atlas, without looking) or prior-wide (its Gaussians twice as wide).",
            "NAME"
        );
        Option<string?> atlas = new("--atlas")
        {
            Description = "atlas.yaml for the prior and for synthetic phrases (default: the built-in estimate).",
            HelpName = "FILE",
        };
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
        Option<string[]> prompts = Many(
            "--prompts",
            "What bundles are asked with: standard (location and pathology in the paper's words), text (as annotated), report (the "
                + "sentences of --reports that speak of the class), or auto (default): standard for a closed vocabulary, text for an open "
                + "one. NAME=FORM for one bundle.",
            "FORM"
        );
        Option<string?> reports = new("--reports")
        {
            Description = "Folder with report texts, IMAGE_ID.txt, for --prompts report.",
            HelpName = "DIR",
        };
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
            dataset,
            annotations,
            images,
            frame,
            sizes,
            bundles,
            heatmaps,
            boxes,
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
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                        Run(
                            new EvaluateRequest
                            {
                                Dataset = parsed.GetRequiredValue(dataset),
                                Annotations = parsed.GetRequiredValue(annotations),
                                Images = parsed.GetValue(images),
                                Frame = parsed.GetValue(frame),
                                Sizes = parsed.GetValue(sizes),
                                Bundles = Paths(parsed.GetValue(bundles)),
                                Heatmaps = Paths(parsed.GetValue(heatmaps)),
                                Boxes = Paths(parsed.GetValue(boxes)),
                                Baselines = parsed.GetValue(baselines) ?? [],
                                Atlas = parsed.GetValue(atlas),
                                Resamples = parsed.GetValue(bootstrap),
                                Seed = parsed.GetValue(seed),
                                Presets = parsed.GetValue(preset) is { Length: > 0 } presets ? presets : ["exact"],
                                Prompts = Forms(parsed.GetValue(prompts)).GetValueOrDefault("", PromptForm.Auto),
                                PromptsOf = Forms(parsed.GetValue(prompts))
                                    .Where(entry => entry.Key.Length > 0)
                                    .ToDictionary(entry => entry.Key, entry => entry.Value),
                                Reports = parsed.GetValue(reports),
                                Examples = parsed.GetValue(examples),
                                PerToken = parsed.GetValue(perToken),
                                Gates = [.. (parsed.GetValue(require) ?? []).Select(EvaluationGate.Parse)],
                                ImagesAtOnce = parsed.GetValue(imagesAtOnce),
                                Model = CommonOptions.Model(parsed, provider, library, math),
                                Folder = parsed.GetRequiredValue(folder),
                            },
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
                                        s == 0 ? FormattableString.Invariant($"{row.Count}") : "",
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
        foreach (string note in report.Notes())
        {
            output.Line(note);
        }

        output.Line($"results in {folder}: evaluation.json, evaluation.md, evaluation.html");
    }

    /// <summary>FORM and NAME=FORM; the form for all has the empty name.</summary>
    private static Dictionary<string, PromptForm> Forms(string[]? values)
    {
        Dictionary<string, PromptForm> forms = [];
        foreach (string value in values ?? [])
        {
            int equals = value.LastIndexOf('=');
            string name = equals < 0 ? "" : value[..equals],
                word = value[(equals + 1)..];
            string[] known = [.. Enum.GetNames<PromptForm>().Select(form => form.ToLowerInvariant())];
            int form = Array.IndexOf(known, word.ToLowerInvariant());
            if (form < 0 || equals == 0)
            {
                throw new InputException($"`prompts` {value}: wanted {string.Join(", ", known)}, or NAME=FORM for one bundle");
            }

            if (!forms.TryAdd(name, Enum.GetValues<PromptForm>()[form]))
            {
                throw new InputException(
                    $"`prompts` {value}: a form for {(name.Length > 0 ? $"'{name}'" : "all bundles")} was given before"
                );
            }
        }

        return forms;
    }

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
